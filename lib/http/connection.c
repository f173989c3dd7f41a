#include "lib/http/private.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/clock.h"

#define REFUSED_DEADLINE_MS 400 /* with the sweep's period this is less than the second we promise */

static uint64_t arrived_bytes(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
        return 0;
    return info.tcpi_bytes_received;
}

/* What arrived less what still lies in the socket: GnuTLS reads record by record and never ahead. */
static uint64_t read_bytes(int fd)
{
    int unread = 0;
    if (ioctl(fd, FIONREAD, &unread))
        unread = 0;
    return arrived_bytes(fd) - (uint64_t)unread;
}

static void started(struct http *http, struct MHD_Connection *mhd, void **ret_connection)
{
    struct http_connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        abort(); /* there is no way to refuse here, and every later callback relies on it */
    connection->http = http;
    connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    bool tls = http->options.certificate;
    connection->phase = tls ? PHASE_HANDSHAKE : PHASE_IDLE;
    connection->deadline_ms = tls ? clock_mono_ms() + http->options.handshake_deadline_ms : INT64_MAX;
    pthread_mutex_lock(&http->lock);
    connection->next = http->connections;
    connection->link = &http->connections;
    if (connection->next)
        connection->next->link = &connection->next;
    http->connections = connection;
    pthread_mutex_unlock(&http->lock);
    http_count(&http->counts.connections);
    if (tls)
        http_tls_on_handshake(mhd, connection);
    *ret_connection = connection;
}

/* libmicrohttpd closes the descriptor after this: the sweep, under the same lock, never meets a reused number. */
static void closed(struct http *http, struct http_connection *connection)
{
    pthread_mutex_lock(&http->lock);
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    pthread_mutex_unlock(&http->lock);
    free(connection);
}

void http_connection_notify(
    void *arg, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        started(arg, mhd, context);
    else
        closed(arg, *context);
}

struct http_connection *http_connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void first_byte(struct http_connection *connection, int64_t now_ms)
{
    connection->phase = PHASE_HEADERS;
    connection->first_byte_ms = now_ms;
    connection->deadline_ms = now_ms + connection->http->options.header_deadline_ms;
}

void http_connection_enter(struct http_connection *connection, enum http_phase phase)
{
    struct http *http = connection->http;
    int64_t now_ms = clock_mono_ms();
    uint64_t bytes = phase == PHASE_IDLE ? read_bytes(connection->fd) : 0;
    pthread_mutex_lock(&http->lock);
    if (connection->phase == PHASE_IDLE)
        first_byte(connection, now_ms);
    if (connection->phase != PHASE_REFUSED) {
        connection->phase = phase;
        connection->read_bytes = bytes;
        connection->deadline_ms = phase == PHASE_BODY      ? connection->first_byte_ms + http->options.body_deadline_ms
                                  : phase == PHASE_ANSWER  ? now_ms + HTTP_SEND_DEADLINE_MS
                                  : phase == PHASE_REFUSED ? now_ms + REFUSED_DEADLINE_MS
                                                           : INT64_MAX;
    }
    pthread_mutex_unlock(&http->lock);
}

static void close_late(struct http_connection *connection)
{
    struct http_counts *counts = &connection->http->counts;
    if (connection->phase == PHASE_HANDSHAKE)
        http_count(&counts->refused_handshake);
    else if (connection->phase != PHASE_REFUSED)
        http_count(&counts->refused_slow);
    connection->phase = PHASE_REFUSED;
    connection->deadline_ms = INT64_MAX;
    shutdown(connection->fd, SHUT_RDWR); /* libmicrohttpd sees the end and cleans up in its own thread */
}

void http_connection_sweep(struct http *http)
{
    int64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&http->lock);
    for (struct http_connection *one = http->connections; one; one = one->next) {
        if (one->phase == PHASE_IDLE && arrived_bytes(one->fd) > one->read_bytes)
            first_byte(one, now_ms);
        else if (one->deadline_ms <= now_ms)
            close_late(one);
    }
    pthread_mutex_unlock(&http->lock);
}
