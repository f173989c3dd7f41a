#include "agent/beat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "agent/wake.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define DATAGRAMS_A_TURN 16 /* a flood must not keep us from beating */

static socklen_t numeric(const char *address, uint16_t port, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof(*v4);
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof(*v6);
    }
    return 0;
}

static bool is_server(const struct heart *heart, const struct sockaddr_storage *from)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from,
                             *server4 = (const struct sockaddr_in *)&heart->server;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from,
                              *server6 = (const struct sockaddr_in6 *)&heart->server;
    if (from->ss_family != heart->server.ss_family)
        return false;
    if (from->ss_family == AF_INET)
        return v4->sin_port == server4->sin_port && v4->sin_addr.s_addr == server4->sin_addr.s_addr;
    return v6->sin6_port == server6->sin6_port && !memcmp(&v6->sin6_addr, &server6->sin6_addr, sizeof(v6->sin6_addr));
}

/* Take what the network said of beats that did not arrive; the queue must be empty or epoll would not rest. */
static bool drain_errors(int fd)
{
    bool any = false;
    for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
        uint8_t bytes[BEAT_BYTES];
        struct iovec part = { bytes, sizeof(bytes) };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            break;
        any = true;
    }
    return any;
}

/* The most that any of them said. */
static enum wake drain_wakes(struct heart *heart)
{
    enum wake most = WAKE_NONE;
    for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
        uint8_t bytes[BEAT_BYTES + 1]; /* one more, so that a longer datagram shows */
        struct sockaddr_storage from = { 0 };
        socklen_t from_bytes = sizeof(from);
        ssize_t length = recvfrom(heart->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_bytes);
        if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (length < 0 || !is_server(heart, &from))
            continue;
        enum wake wake =
            wake_take(bytes, (unsigned)length, heart->identity->agent, heart->keys->wake, &heart->counter->woken);
        most = wake > most ? wake : most;
    }
    return most;
}

static void take(void *arg, uint32_t events)
{
    struct heart *heart = arg;
    if (events & EPOLLERR && drain_errors(heart->fd))
        heart->unreachable(heart->arg);
    enum wake wake = events & EPOLLIN ? drain_wakes(heart) : WAKE_NONE;
    if (wake == WAKE_MAIL)
        heart->woken(heart->arg);
    else if (wake == WAKE_GREETING)
        heart->greeted(heart->arg);
}

static int open_socket(struct heart *heart, int family, struct problem *problem)
{
    const int on = 1;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return problem_errno(problem, "network", "", "cannot open a UDP socket");
    /* ICMP's "nobody here" reaches an unconnected socket only when asked for. */
    int asked = family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on))
                                  : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    struct loop_watch *watch = asked ? NULL : loop_watch(heart->loop, fd, EPOLLIN, take, heart);
    if (!watch) {
        problem_errno(problem, "network", "", "cannot watch a UDP socket");
        close(fd);
        return -1;
    }
    heart_close(heart);
    heart->fd = fd;
    heart->watch = watch;
    return 0;
}

int heart_aim(struct heart *heart, const char *address, struct problem *problem)
{
    struct sockaddr_storage server;
    socklen_t bytes = numeric(address, heart->identity->beat_port, &server);
    if (!bytes)
        return problem_set(problem, "bad-address", ADDRESS_FILE, "not a numeric address: %.63s", address);
    if ((heart->fd < 0 || heart->server.ss_family != server.ss_family) && open_socket(heart, server.ss_family, problem))
        return -1;
    heart->server = server;
    heart->server_bytes = bytes;
    return 0;
}

int heart_beat(struct heart *heart, uint8_t flags, struct problem *problem)
{
    struct beat beat = { .flags = flags, .agent = heart->identity->agent };
    uint8_t bytes[BEAT_BYTES];
    if (heart->fd < 0)
        return 0;
    if (counter_take(heart->counter, &beat.counter))
        return problem_set(problem, "no-counter", COUNTER_FILE, "no counter is reserved: the disk took none");
    beat_encode(&beat, heart->keys->beat, bytes);
    if (sendto(heart->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&heart->server, heart->server_bytes) < 0)
        return problem_errno(problem, "network", "", "cannot send a beat");
    return 0;
}

void heart_close(struct heart *heart)
{
    if (heart->fd < 0)
        return;
    loop_unwatch(heart->watch);
    close(heart->fd);
    heart->fd = -1;
}
