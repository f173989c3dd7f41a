#include "agent/watch/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/loop.h"

void connection_cancel(struct connection *connection)
{
    if (!connection->watch)
        return;
    loop_unwatch(connection->watch);
    close(connection->fd);
    connection->watch = NULL;
}

static void end(struct connection *connection, int error)
{
    connection_cancel(connection);
    connection->done(connection->arg, error);
}

static void send_question(struct connection *connection)
{
    const char *rest = connection->question + connection->sent;
    ssize_t sent = send(connection->fd, rest, strlen(rest), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        end(connection, errno);
    else if (sent > 0 && connection->question[connection->sent += (size_t)sent] == '\0')
        loop_rewatch(connection->watch, EPOLLIN);
}

static void read_answer(struct connection *connection)
{
    size_t room = sizeof(connection->answer) - 1 - connection->answered;
    ssize_t count = recv(connection->fd, connection->answer + connection->answered, room, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count > 0)
        connection->answered += (size_t)count;
    connection->answer[connection->answered] = '\0';
    /* A line that does not end within the room is for the reader to refuse. */
    if (strchr(connection->answer, '\n') || (size_t)count == room)
        end(connection, 0);
    else if (count <= 0)
        end(connection, count ? errno : ECONNRESET);
}

static void ready(void *arg, uint32_t events)
{
    struct connection *connection = arg;
    int error = 0;
    socklen_t bytes = sizeof(error);
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error)
        end(connection, error);
    else if (!connection->question)
        end(connection, 0);
    else if (events & EPOLLOUT)
        send_question(connection);
    else
        read_answer(connection);
}

static socklen_t address_of(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof(*v4);
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
        return 0;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return sizeof(*v6);
}

int connection_start(struct connection *connection, struct loop *loop, const char *address, uint16_t port,
    const char *question, void (*done)(void *arg, int error), void *arg)
{
    struct sockaddr_storage there;
    socklen_t bytes = address_of(address, port, &there);
    if (!bytes) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(there.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* One that fails at once says so by the first event as well. */
    bool begun = !connect(fd, (struct sockaddr *)&there, bytes) || errno == EINPROGRESS;
    struct loop_watch *watch = begun ? loop_watch(loop, fd, EPOLLOUT, ready, connection) : NULL;
    if (!watch) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    *connection =
        (struct connection){ .watch = watch, .fd = fd, .question = question, .done = done, .arg = arg };
    return 0;
}
