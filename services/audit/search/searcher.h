/*
 * The thread that follows the log and answers searches. The loop never waits for it: a job is handed over, and comes
 * back when it is done.
 */
#ifndef VEDETTE_AUDIT_SEARCHER_H
#define VEDETTE_AUDIT_SEARCHER_H

#include "contract.h"
#include "services/audit/search/index.h"

struct loop;
struct seal_keys;
struct searcher;

struct searcher_options {
    struct loop *loop;
    const char *log;          /* directory of the log: a folder for each class */
    const char *directory;    /* of the index, made if it is not there */
    struct seal_keys *keys;   /* by which entries are opened */
    uint64_t keep_free_bytes; /* of the disk */
};

/* Embedded in what is to be done. work runs in the search's thread, done in the loop's; then it is the caller's
 * again. */
struct job {
    struct job *next;
    void (*work)(struct job *, struct index *const indexes[CLASS_COUNT]);
    void (*done)(void *job);
};

/* Fails without memory or threads only: what is wrong with log or index is tried again and again. */
struct searcher *searcher_start(const struct searcher_options *, struct problem *);
/* Ends the thread: what waits is not done any more. */
void searcher_stop(struct searcher *);

/* "busy": as many as may wait do. */
int searcher_do(struct searcher *, struct job *, struct problem *);

struct searcher_state {
    uint64_t indexed, behind; /* entries in the index, and not yet */
    bool failing;             /* it does not get on; the log says why */
};
/* From any thread. */
void searcher_state(struct searcher *, struct searcher_state *ret);

/* Entries of the class before this one are deleted: the index is to hold nothing of them. Soon done. */
void searcher_forget(struct searcher *, enum class, uint64_t kept_from);

#endif
