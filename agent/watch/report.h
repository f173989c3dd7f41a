/*
 * What the server is told of watches, until vedette-agent-work has sealed it:
 *
 *     watch/spool          rows since the last report, one JSON object a line
 *     watch/report/<n>     reports in their order, in the same form, complete; work takes them and removes them
 *
 * A row is on the disk before it counts as told. The spool becomes a report by being renamed, so that no row is in two. Both are
 * bounded: while reports are not taken the oldest rows of the spool are given up.
 */
#ifndef VEDETTE_WATCH_REPORT_H
#define VEDETTE_WATCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "contract.h"
#include "lib/buf.h"

struct problem;

#define WATCH_DIR "watch"
#define REPORT_SPOOL_FILE WATCH_DIR "/spool"
#define REPORT_DIR WATCH_DIR "/report"
#define REPORT_SPOOL_BYTES (192 * 1024) /* some 1,200 rows: ten watches for ten hours; sealed it still fits into an envelope */
#define REPORTS_WAITING 64
#define REPORT_ROWS 4096 /* of one report: the spool's limit in the shortest rows, and WATCHES_MAX */

struct report {
    struct buf rows;    /* not yet in the spool */
    size_t spool_bytes;
    size_t given_up;    /* rows, since the start */
};

int report_open(struct report *, struct problem *);
void report_close(struct report *);

/* Kept in memory until report_keep. */
void report_add(struct report *, const struct envelope_watches_row *);
/* Make what was added durable. */
int report_keep(struct report *, struct problem *);
/* Make a report of the spool. -1 + "report-waits": REPORTS_WAITING have not been taken; then it stays a spool. */
int report_finish(struct report *, struct problem *);

/* A report as work takes it: rows, whose texts live in *ret_lines. 0, or -1 + problem and nothing to free. */
int report_parse(
    const char *text, size_t bytes, struct envelope_watches *ret, struct json_t **ret_lines, struct problem *);
void report_free(struct envelope_watches *, struct json_t *lines);

#endif
