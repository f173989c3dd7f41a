/*
 * Orders that have their receipt, on their way to agents: the scheduler, which knows how far each agent remembers the
 * log, is asked for the proof that goes along; then they are sealed and handed over.
 */
#ifndef BACKUP_SENDING_H
#define BACKUP_SENDING_H

#include <stddef.h>
#include <stdint.h>

struct backup;
struct order;
struct problem;

#define SENDING_MAX 32 /* orders for which a proof is asked for */

struct sending {
    int64_t asking[SENDING_MAX]; /* their numbers */
    size_t n_asking;
    int64_t after;         /* the last one that had its turn */
    int64_t not_before_ms; /* monotonic: a proof was not to be had */
};

int sending_start(struct backup *, struct problem *);
void sending_turn(struct backup *);
/* The trust file names another key for us: what no agent has said that it has may have been signed by the one before,
 * and come behind the trust file. It goes again, and who has it takes it once. */
void sending_key_changed(struct backup *);
/* End it, or do not begin it. */
void sending_stop(struct backup *, const struct order *);

#endif
