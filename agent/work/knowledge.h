/*
 * What this machine knows of its deployment: whose it is, who may sign, what was withdrawn, how far the log was seen to
 * grow. Each only moves forward, and is on disk before it counts; so the trust file, the revocation and the status that
 * are held are floors of versions and of time.
 */
#ifndef VEDETTE_AGENT_WORK_KNOWLEDGE_H
#define VEDETTE_AGENT_WORK_KNOWLEDGE_H

#include <stdbool.h>

#include "agent/work/home.h"
#include "agent/work/log_memory.h"
#include "lib/signed/judge.h"
#include "lib/signed/status.h"
#include "lib/time_floor.h"

struct knowledge {
    struct home home;
    struct trust *trust;
    struct document status, revocation; /* json NULL: none */
    bool status_counts;                 /* by a key that still does; else it is a time that was signed, and no more */
    struct log_memory log;
    struct time_floor floor;
};

int knowledge_load(struct knowledge *ret, struct problem *);
void knowledge_free(struct knowledge *);

/* Follow a trust file, a status, a revocation. -1 + problem: it does not follow, and nothing changed. */
int knowledge_trust(struct knowledge *, const char *text, size_t bytes, struct problem *);
int knowledge_status(struct knowledge *, const struct dsse *, const char *text, struct problem *);
int knowledge_revocation(struct knowledge *, const struct dsse *, const char *text, struct problem *);

/* For judge(); NULL: none that counts. */
const struct document_status *knowledge_has_status(const struct knowledge *);
struct trust_revoked knowledge_revoked(const struct knowledge *);
/* Never before what a status that was signed says, nor before the machine has run for so long since. */
int64_t knowledge_floor(const struct knowledge *); /* the former alone; 0: none was signed */
int64_t knowledge_now(const struct knowledge *, int64_t wall_ms);
/* From time to time: how long the machine has run is kept over its starts. */
int knowledge_keep_time(struct knowledge *, struct problem *);

/* Begin to trust: the chain of trust files (an envelope a line) from the one with the pin on. What was known before, if
 * anything, is forgotten; so are documents of another deployment. */
int knowledge_adopt(const struct home *, const char *chain, size_t bytes, struct problem *);

#endif
