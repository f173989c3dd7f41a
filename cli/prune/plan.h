/*
 * What one run of the pruner does in one agent's repository: a step for each backup and each object, the reasons to
 * stop, and what is to be remembered. Pure: catalogue, memory, rules and a moment in.
 */
#ifndef VEDETTE_CLI_PRUNE_PLAN_H
#define VEDETTE_CLI_PRUNE_PLAN_H

#include "cli/prune/memory.h"
#include "cli/prune/rules.h"
#include "lib/repository/catalogue.h"

struct problem;

#define PRUNE_CONFIRM_BYTES 17 /* 16 hexadecimal digits, and NUL */

/* Why nothing goes. */
enum prune_stop {
    PRUNE_STOP_NONE,
    PRUNE_STOP_DOUBT, /* a backup is small or much changed: `doubtful` says which */
    PRUNE_STOP_MANY,  /* too many backups at once */
    PRUNE_STOP_MUCH,  /* too much that no commit lists */
    PRUNE_STOP_COUNT,
};
extern const char *const prune_stop_words[PRUNE_STOP_COUNT];

struct prune_plan {
    struct retention_verdict *verdicts; /* of the catalogue's backups */
    enum retention_step *steps;         /* of each */
    uint8_t *objects;                   /* of the catalogue's objects; a byte each, for there are many */
    enum retention_step *unread;        /* of its unread commits */
    size_t *order;                      /* indices of backups to delete: none before what needs it */
    size_t n_deleted, n_garbage;        /* backups; objects that no commit lists */
    uint64_t deleted_bytes, garbage_bytes;
    enum prune_stop stop;
    size_t doubtful;                   /* index of a backup */
    char confirm[PRUNE_CONFIRM_BYTES]; /* the word by which a person lets this very list go */
    struct prune_memory memory;        /* as it is after the run */
};
void prune_plan_free(struct prune_plan *);

/* The catalogue's backups are marked as the rules and the memory have them. -1 + problem: no memory. */
int prune_plan_make(struct catalogue *, const struct prune_memory *, const struct prune_rules *, int64_t now_s,
    struct prune_plan *ret, struct problem *);

#endif
