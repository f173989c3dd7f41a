/*
 * The watches of this machine at work: samples them when they are due, judges, spools what the server is to know. In the
 * resident's loop; between samples it sleeps.
 */
#ifndef VEDETTE_WATCH_WATCHING_H
#define VEDETTE_WATCH_WATCHING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/watch/report.h"
#include "agent/watch/watcher.h"

struct loop;
struct loop_timer;
struct problem;

#define LOOK_EVERY_MS 10000        /* whether watches.json is another: one stat */
#define CHILDREN_MAX 2             /* at a time: the unit lets us have eight tasks */
#define CHILD_LATER_MS 1000        /* when so many are under way */
#define FIRST_WITHIN_MS 5000       /* after a start: not all at once */
#define TOLD_FIRST_MS 6500         /* by then all that answer at once were sampled */
#define TOLD_EVERY_MS (15 * 60000) /* five-minute values: a report costs a TLS handshake */
#define TOLD_SOON_MS 1000          /* after a change, with what changed because of the same */

struct watching {
    struct loop *loop;
    struct loop_timer *sample_due, *report_due, *look_due;
    struct definitions definitions;
    struct watcher *watchers; /* by index of definitions */
    struct report report;
    struct stat seen; /* of watches.json, when it was read */
    int64_t report_ms; /* when the next report is made, monotonic … */
    int64_t first_ms;  /* … and the one in which all that answer at once have a value */
    bool stalled;      /* logged: reports are not taken */
    void (*reported)(void *arg);
    void *arg;
};

/* reported is called when there is a report to be taken. */
int watching_open(struct watching *, struct loop *, void (*reported)(void *arg), void *arg, struct problem *);
/* Read watches.json if it is another than before; done every LOOK_EVERY_MS anyway. One that cannot be read changes nothing. */
void watching_look(struct watching *);
void watching_close(struct watching *);

#endif
