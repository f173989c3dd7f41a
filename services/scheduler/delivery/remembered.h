/*
 * How far each agent remembers the log that permits: by what was sealed for it in its stream, which it deals with in
 * that order, and corrected by what it says itself when that was not so.
 */
#ifndef SCHEDULER_REMEMBERED_H
#define SCHEDULER_REMEMBERED_H

#include "lib/records.h"
#include "lib/tlog/key.h"

struct envelope_remembered;
struct scheduler;

struct remembered {
    char origin[TLOG_NAME_BYTES];
    uint64_t size;
};

/* false: nothing is known of it, and it wants no proof. */
bool remembered_get(struct records *, uint32_t agent, struct remembered *ret);
/* A checkpoint of that size was sealed for it. */
void remembered_show(struct records *, uint32_t agent, const char *origin, uint64_t size, int64_t now_ms);
/* It could not follow: what it said last counts, and not what was sealed since. */
void remembered_correct(struct records *, uint32_t agent);
/* What it says. A fork, and the end of one, is told to the log. */
void remembered_take(struct scheduler *, uint32_t agent, const struct envelope_remembered *);
/* What it said last. false: it has said nothing of it. */
struct remembered_word {
    char origin[TLOG_NAME_BYTES];
    uint64_t size;
    bool forked;
    char *held,
        *seen; /* two checkpoints that cannot both be true, also of a fork that has ended; NULL: none. The caller's */
};
bool remembered_word(struct records *, uint32_t agent, struct remembered_word *ret);
/* Agents to whom the log is to be shown again, at most n: since a day, if they answered; else since a week. */
size_t remembered_due(struct records *, int64_t now_ms, uint32_t *ret, size_t n);

#endif
