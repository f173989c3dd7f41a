/*
 * Proofs for agents that the log they are shown is the one that they remember: asked of audit, and kept for the others
 * of a fan-out, most of which remember the same.
 */
#ifndef SCHEDULER_GROWTH_H
#define SCHEDULER_GROWTH_H

#include "lib/tlog/growth.h"
#include "services/scheduler/delivery/deliveries.h"

#define GROWTH_PROOFS 64   /* pairs of sizes, kept or asked for */
#define GROWTH_NEWEST_MS 60000 /* so old may the checkpoint be that is shown each day */

struct scheduler;

/* A checkpoint that is to be shown; texts are the caller's. */
struct growth_shown {
    char origin[TLOG_NAME_BYTES];
    uint64_t size;
};

struct growth {
    struct {
        char origin[TLOG_NAME_BYTES];
        uint64_t old_size, size;
        char text[TLOG_GROWTH_BYTES + 1];
        bool asked;   /* and not answered */
        bool refused; /* the log cannot prove it: an agent that wants it has seen another one */
        int64_t used_ms; /* monotonic; 0: free */
    } proofs[GROWTH_PROOFS];
    char *newest; /* the newest checkpoint that counts; NULL: none was asked for yet */
    struct growth_shown newest_shown;
    int64_t newest_ms; /* monotonic, when it was the newest */
    bool asked_newest;
    bool away; /* the last question was not answered: with the next tick again */
};

enum growth_step { GROWTH_GO, GROWTH_WAIT };

/* What the receipt of a document shows; false: nothing that a checkpoint would be. */
bool growth_of_receipt(const char *receipt, struct growth_shown *ret);
/* GO: *ret_consistency is what the agent is sent along, or NULL if it wants nothing or there is nothing to be had; valid
 * until the loop's next turn. WAIT: it was asked for, and deliveries_proved will be called. */
enum growth_step growth_for(
    struct scheduler *, uint32_t agent, const struct growth_shown *, const char **ret_consistency);
/* The checkpoint that is shown each day. GO: *ret; WAIT as above. */
enum growth_step growth_newest(struct scheduler *, const char **ret, struct growth_shown *ret_shown);
/* Each second: who is to be shown the log, and what waits for an answer that never came. */
void growth_tick(struct scheduler *);
void growth_close(struct growth *);

#endif
