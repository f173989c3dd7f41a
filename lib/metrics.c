#include "lib/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define METRICS_MAX 1024    /* two for each of 256 subscribers are the most of one kind */
#define SCRAPES_MAX 8       /* open connections: one scraper and a few people */

struct metric {
    const char *name, *labels, *meaning;
    const uint64_t *counter;
    const int64_t *gauge;
};

static struct metric metrics[METRICS_MAX];
static unsigned n_metrics;

struct scrape {
    struct loop_watch *watch;
    int fd;
};

static struct {
    struct loop *loop;
    const char *service;
    int fd;
    unsigned open;
} endpoint;

static void add(struct metric metric)
{
    if (n_metrics == METRICS_MAX)
        abort(); /* the programmer's error */
    metrics[n_metrics++] = metric;
}

void metric_counter(const char *name, const char *labels, const char *meaning, const uint64_t *value)
{
    add((struct metric){ .name = name, .labels = labels, .meaning = meaning, .counter = value });
}

void metric_gauge(const char *name, const char *labels, const char *meaning, const int64_t *value)
{
    add((struct metric){ .name = name, .labels = labels, .meaning = meaning, .gauge = value });
}

static void print(const struct metric *metric, bool first_of_name, struct buf *out)
{
    if (first_of_name)
        buf_format(out, "# HELP vedette_%s_%s %s\n# TYPE vedette_%s_%s %s\n", endpoint.service, metric->name,
            metric->meaning, endpoint.service, metric->name, metric->counter ? "counter" : "gauge");
    buf_format(out, "vedette_%s_%s", endpoint.service, metric->name);
    if (metric->labels)
        buf_format(out, "{%s}", metric->labels);
    if (metric->counter)
        buf_format(out, " %" PRIu64 "\n", *metric->counter);
    else
        buf_format(out, " %" PRId64 "\n", *metric->gauge);
}

/* The answer to any request is the same, so its first bytes are enough. */
static void answer(void *arg, uint32_t events)
{
    (void)events;
    struct scrape *scrape = arg;
    char request[1024];
    ssize_t asked = recv(scrape->fd, request, sizeof(request), MSG_DONTWAIT);
    if (asked < 0 && errno == EAGAIN)
        return;
    struct buf out = { 0 };
    buf_text(&out, "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n\r\n");
    const char *printed = "";
    for (unsigned i = 0; i < n_metrics; i++) {
        if (metrics[i].labels && !*metrics[i].labels)
            continue;
        print(&metrics[i], strcmp(metrics[i].name, printed), &out);
        printed = metrics[i].name;
    }
    /* A Unix socket takes this much at once; a scraper that does not read gets less, not our time. */
    if (asked > 0)
        (void)!send(scrape->fd, out.data, out.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    buf_free(&out);
    loop_unwatch(scrape->watch);
    close(scrape->fd);
    free(scrape);
    endpoint.open--;
}

static void take_connection(void *arg, uint32_t events)
{
    (void)arg, (void)events;
    int fd = accept4(endpoint.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct scrape *scrape = endpoint.open < SCRAPES_MAX ? malloc(sizeof(*scrape)) : NULL;
    int room = 1 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    if (scrape) {
        scrape->fd = fd;
        scrape->watch = loop_watch(endpoint.loop, fd, EPOLLIN, answer, scrape);
    }
    if (!scrape || !scrape->watch) {
        free(scrape);
        close(fd);
        return;
    }
    endpoint.open++;
}

int metrics_serve(struct loop *loop, const char *service, const char *socket_path, struct problem *problem)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(socket_path) >= sizeof(address.sun_path))
        return problem_set(problem, "metrics", socket_path, "path of the metrics socket is too long");
    strcpy(address.sun_path, socket_path);
    unlink(socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
        listen(fd, SCRAPES_MAX)) {
        problem_errno(problem, "metrics", socket_path, "cannot serve metrics at %s", socket_path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    endpoint.loop = loop;
    endpoint.service = service;
    endpoint.fd = fd;
    if (!loop_watch(loop, fd, EPOLLIN, take_connection, NULL))
        return problem_errno(problem, "metrics", socket_path, "cannot watch the metrics socket");
    return 0;
}
