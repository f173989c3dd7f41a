/*
 * All outputs at work, in the loop's thread: each follows the log from its cursor by a subscription of its own, hands
 * events to its worker, and moves its cursor when they have arrived. What one receiver does not take holds up nobody
 * else.
 */
#ifndef ALERT_OUTPUT_OUTPUTS_H
#define ALERT_OUTPUT_OUTPUTS_H

#include "services/alert/output/output.h"

struct outputs;
struct problem;
struct program;
struct records;

/* NULL + problem. Without alert/master.key there can be no webhook; everything else works. */
struct outputs *outputs_start(struct program *, struct records *, struct problem *);
/* Send no more; done(arg) once every thread has ended. */
void outputs_stop(struct outputs *, void (*done)(void *arg), void *arg);
void outputs_free(struct outputs *);

/* Whether no output has been failing for long. */
bool outputs_healthy(const struct outputs *, char reason[201]);

/* How an output does. */
struct output_state {
    const struct output *output;
    uint64_t lag, delivered, failures;
    int64_t delivered_ms, failing_since_ms; /* wall clock; 0: never, it is not */
    const char *error;                      /* "": none yet */
};
size_t outputs_list(const struct outputs *, struct output_state ret[OUTPUTS_MAX]);

/* Take over a new one, whose secret is made here. begun(arg, problem, output) follows: once it follows the log, so that
 * nothing that is logged from then on is missed, or with a problem. */
typedef void output_begun(void *arg, const struct problem *, const struct output *);
void outputs_add(struct outputs *, struct output *, output_begun *, void *arg);
/* -1 + problem: there is none of that name. */
int outputs_enable(struct outputs *, const char *name, bool enabled, struct problem *);
int outputs_remove(struct outputs *, const char *name, struct problem *);
/* Send a message that is no event of the log, by a connection of its own. tested(arg, took_ms, failure) follows. */
typedef void output_tested(void *arg, int64_t took_ms, const char *failure);
int outputs_test(struct outputs *, const char *name, output_tested *, void *arg, struct problem *);

#endif
