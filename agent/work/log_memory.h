/*
 * What this machine remembers of the log: of each origin the newest signed checkpoint, whole, and the evidence where one
 * showed two histories. What it is shown must be of the history that it remembers: older, the same, or grown from it.
 *
 *     checkpoint.LOG       the newest one seen       unproven.LOG     one that nobody has proven to be of that history
 *     fork.LOG.1, .2       two that cannot both be true: nothing that wants a receipt is begun any more
 *
 * LOG is the beginning of the origin's SHA-256, for an origin may have any characters. A fork is over when people have
 * signed that another log succeeds that one, or by the word of root (`trust adopt`); its evidence stays.
 */
#ifndef VEDETTE_AGENT_WORK_LOG_MEMORY_H
#define VEDETTE_AGENT_WORK_LOG_MEMORY_H

#include <stdbool.h>

#include "lib/tlog/growth.h"

#define LOG_MARK_BYTES 17 /* hexadecimal */
#define FORKS_MAX 16      /* logs; as many as may succeed one another */

struct log_memory {
    size_t n_forks;
    char forks[FORKS_MAX][LOG_MARK_BYTES];
};

int log_memory_load(struct log_memory *ret, struct problem *);
void log_memory_mark(const char *origin, char ret[LOG_MARK_BYTES]);

/* A checkpoint that its log signed, with its note, and the proof that came with it, or NULL. 0: it is of the history
 * that is remembered, which is as long as it now. -1, and it is kept as evidence: "fork", of which the proof itself is
 * convincing; "no-consistency": nothing shows which it is, and the next one may. Another code: what is remembered cannot be
 * read or kept, and nothing can be told. */
int log_memory_follow(struct log_memory *, const struct tlog_checkpoint *, const char *note, size_t bytes,
    const struct tlog_growth *, struct problem *);

/* How far a log was seen to grow. false: nothing is remembered of it. *ret_note, the caller's to free, may be NULL. */
bool log_memory_of(const char *origin, struct tlog_checkpoint *ret, char **ret_note);
/* The evidence of a fork; the caller's to free. -1: it cannot be read. */
int log_memory_evidence(const char *origin, char **ret_held, char **ret_seen);

/* Root trusts anew: forks are over, and those logs are looked at for the first time. Evidence becomes evidence.LOG.1
 * and .2. */
void log_memory_pardon(void);
/* Did that end a fork? Once true, then false. */
bool log_memory_was_pardoned(void);

#endif
