/*
 * One output at work: a subscription from its cursor, a worker, and the cursor, which moves when events have arrived.
 *
 *     bus ─subscription─▶ follower ─▶ worker ─▶ receiver
 *                            ◀── what has arrived: the cursor, in alert.db
 *
 * The worker's queue is bounded. When it is full the subscription ends and begins anew, where it ended, once there is
 * room: the log is the buffer. Everything here runs in the loop's thread.
 */
#ifndef ALERT_OUTPUT_FOLLOWER_H
#define ALERT_OUTPUT_FOLLOWER_H

#include "services/alert/output/outputs.h"
#include "services/alert/output/worker.h"

struct bus_subscription;

struct follower {
    struct output output;
    struct program *program;
    struct records *records;
    struct worker *worker;                 /* NULL: it does not send */
    bool ending;                           /* the worker was told to end */
    bool removed;                          /* when it has ended, so shall this */
    struct bus_subscription *subscription; /* NULL: paused */
    bool caught_up;
    uint64_t wanted[CLASS_COUNT]; /* everything before it was handed to the worker, or is not for this output */
    struct worker_report report;

    output_begun *begun; /* of outputs_add; NULL: nobody waits */
    void *begun_arg;
    int64_t begin_by_ms; /* monotonic; then it is given up */

    void (*ended)(void *arg, struct follower *); /* its worker has; called by follower_stop itself if there is none */
    void *arg;
};

/* Takes over the output. NULL: no memory, nothing was taken. */
struct follower *follower_new(struct program *, struct records *, struct output *);
void follower_free(struct follower *);

/* Send, if the output is enabled. */
void follower_start(struct follower *);
/* Send no more; ended(arg, follower) follows, perhaps at once. */
void follower_stop(struct follower *);
/* If it follows the log in all its classes, say so to whom waits for that. */
void follower_begin(struct follower *);
/* Each second: start again what could not be started, tell of trouble that lasts and of its end. */
void follower_tick(struct follower *, int64_t mono_ms);

/* Entries that it has not delivered or passed over, by the next sequence of each class. */
uint64_t follower_lag(const struct follower *, const uint64_t sizes[CLASS_COUNT]);

#endif
