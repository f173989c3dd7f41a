#include "lib/http/private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/config.h"
#include "lib/descriptors.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define SWEEP_MS 500
#define BACKLOG 1024
#define CONNECTION_MEMORY_BYTES 32768 /* request line and headers, then the answer's headers */
#define CERTIFICATE_KEPT_MS 60000     /* longer than any handshake may last */
#define OTHER_FILES 256               /* descriptors that are no connections */

static bool is_loopback(const struct sockaddr_storage *at)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)at;
    return at->ss_family == AF_INET ? ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
                                    : IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static int listen_on(const struct http_options *options, unsigned *ret_port, struct problem *problem)
{
    const char *address = options->listen;
    struct sockaddr_storage at;
    int length = config_address(address, &at, problem);
    if (length < 0)
        return -1;
    if (!options->certificate && !is_loopback(&at))
        return problem_set(problem, "cannot-listen", address, "without TLS only this very machine is served");
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    socklen_t got = sizeof(at);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        bind(fd, (struct sockaddr *)&at, (socklen_t)length) || listen(fd, BACKLOG) ||
        getsockname(fd, (struct sockaddr *)&at, &got)) {
        problem_errno(problem, "cannot-listen", address, "cannot listen on %s", address);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    /* Both families have the port in the same place. */
    *ret_port = ntohs(((struct sockaddr_in *)&at)->sin_port);
    return fd;
}

struct http *http_open(const struct http_options *options, struct problem *problem)
{
    struct http *http = calloc(1, sizeof(*http));
    if (!http) {
        problem_set(problem, "no-memory", "", "out of memory");
        return NULL;
    }
    http->options = *options;
    pthread_mutex_init(&http->lock, NULL);
    if (options->certificate) {
        http->certificate = http_certificate_load(options->certificate, options->key, problem);
        if (!http->certificate)
            goto fail;
    }
    http->listen_fd = listen_on(options, &http->port, problem);
    if (http->listen_fd < 0)
        goto fail;
    descriptors_allow(options->connections_max + OTHER_FILES);
    return http;
fail:
    http_certificate_free(http->certificate);
    pthread_mutex_destroy(&http->lock);
    free(http);
    return NULL;
}

static void sweep(void *arg)
{
    struct http *http = arg;
    http_connection_sweep(http);
    http_streams_sweep(http);
    if (http->former && http->former_until_ms <= clock_mono_ms()) {
        http_certificate_free(http->former);
        http->former = NULL;
    }
}

/* Escapes stay as they came: http_decode is stricter, and must see them. */
static size_t leave_escapes(void *arg, struct MHD_Connection *mhd, char *text)
{
    (void)arg, (void)mhd;
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

int http_start(struct http *http, struct problem *problem)
{
    const struct http_options *options = &http->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls[3] = { { MHD_OPTION_END, 0, NULL } };
    if (options->certificate) {
        flags |= MHD_USE_TLS;
        http_tls_options(tls);
    }
    struct MHD_OptionItem threads[] = {
        /* A pool of one is refused; without a pool there is one thread. */
        { options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, options->threads, NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, http_request_take, http, MHD_OPTION_LISTEN_SOCKET,
        http->listen_fd, MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
        /* One address cannot take every connection. */
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_max / 2 + 1, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_NOTIFY_CONNECTION, http_connection_notify, http, MHD_OPTION_NOTIFY_COMPLETED, http_request_completed,
        http, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY, threads,
        MHD_OPTION_END);
    if (!http->daemon)
        return problem_set(problem, "cannot-serve", options->listen, "libmicrohttpd did not start");
    loop_every(options->loop, SWEEP_MS, sweep, http);
    return 0;
}

int http_reload(struct http *http, struct problem *problem)
{
    struct http_certificate *next = http_certificate_load(http->options.certificate, http->options.key, problem);
    if (!next)
        return -1;
    /* Two reloads within a minute: the one before last may still be in a handshake, so it is never freed. */
    http->former = atomic_exchange(&http->certificate, next);
    http->former_until_ms = clock_mono_ms() + CERTIFICATE_KEPT_MS;
    return 0;
}

void http_stop(struct http *http)
{
    if (!http || !http->daemon)
        return;
    pthread_mutex_lock(&http->lock);
    http->stopping = true;
    struct http_request *request = http->waiting;
    http->waiting = NULL;
    while (request) {
        struct http_request *next = request->next;
        request->abandoned = true;
        MHD_resume_connection(request->mhd);
        request = next;
    }
    pthread_mutex_unlock(&http->lock);
    http_streams_stop(http);
    MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
}

unsigned http_port(const struct http *http)
{
    return http->port;
}

const struct http_counts *http_counts(const struct http *http)
{
    return &http->counts;
}

void http_count(uint64_t *count)
{
    __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}
