/*
 * The content keys of a backup, as the restore key service wraps them for this machine: asked for by segments, kept by
 * their numbers.
 */
#ifndef VEDETTE_AGENT_RESTORE_KEYS_H
#define VEDETTE_AGENT_RESTORE_KEYS_H

#include "lib/repository/reader.h"

#define KEYS_AT_A_TIME 256   /* in one question: 230 kB with three recipients */
#define KEYS_WAIT_MS 1800000 /* for the next answer: people may have to start the service first */
#define KEYS_AGAIN_MS 120000 /* then it is asked once more: mail is not lost, but a service may be set back */

struct keys {
    struct target *target; /* borrowed, as are these */
    const struct commit *commit;
    const struct buf *object; /* the commit's */
    const char *exchange;     /* folder */
    uint64_t asked;           /* number of the last message */
    struct reader_wrapped *each;
    bool *wanted; /* asked for, and not here yet */
};

/* -1: no memory. */
int keys_make(struct keys *);
void keys_free(struct keys *);
/* Mark a segment; behind the last one: the manifest. One that is here already stays. */
void keys_want(struct keys *, uint32_t segment);
/* Ask for all that are marked, and wait. -1 + problem: of the target; or the service's own code and reason. */
int keys_ask(struct keys *, struct problem *);

#endif
