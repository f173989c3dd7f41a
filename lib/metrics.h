/*
 * Counters and gauges of a program, and the Unix socket where Prometheus text format 0.0.4 is read:
 *
 *     curl --unix-socket DIR/ingest/metrics.sock http://localhost/metrics
 *
 * Register at start, in the loop's thread; a counter is then a plain uint64_t of its owner, read at each scrape.
 */
#ifndef VEDETTE_METRICS_H
#define VEDETTE_METRICS_H

#include <stdint.h>

struct loop;
struct problem;

/* name without the prefix vedette_<service>_; labels as `reason="bad-mac"` or NULL; while they
 * are "" it is not shown. All texts must stay valid. */
void metric_counter(const char *name, const char *labels, const char *meaning, const uint64_t *value);
void metric_gauge(const char *name, const char *labels, const char *meaning, const int64_t *value);

int metrics_serve(struct loop *, const char *service, const char *socket_path, struct problem *);

#endif
