/* ICMP echo: by the kernel's ping sockets where this user may have one (net.ipv4.ping_group_range), else by a raw one, which
 * needs CAP_NET_RAW. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/watch/echo.h"
#include "agent/watch/reach.h"
#include "lib/crypto.h"
#include "lib/loop.h"

#define REPLIES_A_TURN 16 /* a raw socket gets everybody's */

static void close_echo(struct echo *echo)
{
    loop_unwatch(echo->watch);
    close(echo->fd);
    echo->watch = NULL;
}

void echo_cancel(struct echo *echo)
{
    if (echo->watch)
        close_echo(echo);
}

static void replied(void *arg, uint32_t events)
{
    (void)events;
    struct sampling *sampling = arg;
    struct echo *echo = &sampling->echo;
    uint8_t packet[256];
    for (int i = 0; i < REPLIES_A_TURN; i++) {
        ssize_t bytes = recv(echo->fd, packet, sizeof(packet), 0);
        if (bytes < 0 && errno == EAGAIN)
            return;
        if (bytes < 0) {
            reach_failed(sampling, errno);
            return;
        }
        if (echo_is_reply(echo, packet, (size_t)bytes)) {
            sampling_value(sampling, reach_took(sampling));
            return;
        }
    }
}

/* The kernel's own, else a raw one. */
static int open_socket(struct echo *echo, int family)
{
    int protocol = family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
    echo->v6 = family == AF_INET6;
    echo->raw = false;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd >= 0)
        return fd;
    echo->raw = true;
    return socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int send_request(struct echo *echo, const struct sockaddr *there, socklen_t bytes)
{
    uint8_t packet[ECHO_BYTES];
    crypto_random(echo->token, sizeof(echo->token));
    echo_request(echo, packet);
    return connect(echo->fd, there, bytes) || send(echo->fd, packet, sizeof(packet), 0) < 0 ? -1 : 0;
}

static void send_echo(struct sampling *sampling)
{
    struct echo *echo = &sampling->echo;
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    bool is_v4 = inet_pton(AF_INET, sampling->address, &v4.sin_addr) == 1;
    if (!is_v4)
        inet_pton(AF_INET6, sampling->address, &v6.sin6_addr);
    echo->fd = open_socket(echo, is_v4 ? AF_INET : AF_INET6);
    echo->watch = echo->fd < 0 ? NULL : loop_watch(sampling->loop, echo->fd, EPOLLIN, replied, sampling);
    if (!echo->watch) {
        int error = errno;
        if (echo->fd >= 0)
            close(echo->fd);
        sampling_found(sampling, LEVEL_UNKNOWN, "no socket for ICMP: %s", strerror(error));
        return;
    }
    if (is_v4 ? send_request(echo, (struct sockaddr *)&v4, sizeof(v4))
              : send_request(echo, (struct sockaddr *)&v6, sizeof(v6)))
        reach_failed(sampling, errno);
}

void sample_ping(struct sampling *sampling)
{
    reach(sampling, sampling->watch->host, send_echo);
}
