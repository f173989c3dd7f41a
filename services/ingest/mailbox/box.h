/*
 * Mailboxes, mail.db: envelopes for agents until they have them, and of agents until their addressees have them. What
 * is in them is sealed; only sizes and ids are looked at. A database of its own, so that what comes and goes all the
 * time has its own transactions (turn.h), and a copy of the registry is small.
 */
#ifndef INGEST_MAILBOX_BOX_H
#define INGEST_MAILBOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

struct buf;
struct db;
struct problem;

#define BOX_ENVELOPES_MAX 1024          /* of one agent, each way: a document in three minutes for two days away */
#define BOX_AGENT_BYTES_MAX (32u << 20) /* of one agent, each way */
#define BOX_KEPT_MS (INT64_C(100) * 86400000) /* for an agent: longer than the longest life of a document, 90 days */

struct box {
    struct db *db;
    uint64_t bytes, bytes_max; /* of all envelopes, both ways */
    uint64_t question_bytes;   /* of them, what waits for the restore key service (questions.h) */
};

int box_open(struct box *, const char *path, uint64_t bytes_max, int64_t wall_ms, struct problem *);
void box_close(struct box *);

/* An envelope for an agent. "mailbox-full": so much waits already, of this agent or in all. */
int box_put(struct box *, uint32_t agent, const void *envelope, size_t bytes, int64_t wall_ms, uint64_t *ret_number,
    struct problem *);
/* The agent has it, and all before. */
int box_acknowledge(struct box *, uint32_t agent, uint64_t number, struct problem *);
/* The oldest for an agent, at most so many bytes but one at least; each() gets them in order. *ret_more: there are
 * others. */
int box_fetch(struct box *, uint32_t agent, size_t limit_bytes,
    int (*each)(void *arg, uint64_t number, const void *envelope, size_t bytes), void *arg, bool *ret_more,
    struct problem *);

/* An envelope of an agent. */
int box_take(struct box *, uint32_t agent, enum addressee, const void *envelope, size_t bytes, int64_t wall_ms,
    struct problem *);
/* The oldest for an addressee that comes after a number and is not passed over (passes NULL: none is): 1, 0 if there is
 * none, -1 + problem. */
int box_next(struct box *, enum addressee, uint64_t after,
    bool (*passes)(const void *arg, uint64_t number, uint32_t agent), const void *arg, uint64_t *ret_number,
    uint32_t *ret_agent, struct buf *ret_envelope, struct problem *);
int box_taken(struct box *, uint64_t number, struct problem *);
/* All of an addressee's up to that number. */
int box_taken_through(struct box *, enum addressee, uint64_t number, struct problem *);

/* Nothing waits any more for one that is retired; what it handed over before goes its way. */
int box_retire(struct box *, uint32_t agent, struct problem *);
/* Forget what no agent fetched for BOX_KEPT_MS, and questions. Returns how many of the former, or -1 + problem. */
int box_sweep(struct box *, int64_t wall_ms, struct problem *);
/* Each agent for which something waits. */
int box_each_waiting(struct box *, void (*each)(void *arg, uint32_t agent), void *arg, struct problem *);

/* Parcels: the newest of an agent that was taken, 0: none; who has sent any. */
int box_parcel(struct box *, uint32_t agent, uint64_t *ret_parcel, struct problem *);
int box_parcel_keep(struct box *, uint32_t agent, uint64_t parcel, struct problem *);
int box_parcel_each(struct box *, void (*each)(void *arg, uint32_t agent), void *arg, struct problem *);

/* Trust files, as they are offered. */
int box_trust_keep(struct box *, uint32_t version, const char *dsse, struct problem *);
int box_trust_each(struct box *, uint32_t from, int (*each)(void *arg, uint32_t version, const char *dsse), void *arg,
    struct problem *);

#endif
