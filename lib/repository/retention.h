/*
 * Which backups of one repository are kept, and why; which go. Pure: facts, rules and a moment in, verdicts out.
 *
 * A backup is kept while the last date that was fixed for it is not over, and longer if
 *   - somebody holds it,
 *   - it is the base of one that is kept (a base lives at least as long as what needs it),
 *   - it is among the newest verified fulls of its set (floor), or the best verified one of its class (floor).
 * Everything else is due: condemned when it is first seen so, deleted when it has been condemned for 72 hours.
 *
 * Nothing that an agent writes makes another backup's life shorter. Dates only add up; and for the floors, where a new
 * full takes the place of an old one, it is not enough to say that one is new. A backup *counts* if all of this holds:
 *   - its commit is signed by the agent's key, and all that it lists is there in full (`verified`);
 *   - its slot is about the day on which the target took it: not back-dated, not of the future;
 *   - it is the first of its set which the target took that day: ten thousand count once;
 *   - it is neither much smaller than the last full that counts nor much changed, or a person has accepted it.
 * New is what the target took last, by its own clock. What does not count lives by its own date, and ranks behind all
 * that does. docs/decisions/0041.
 */
#ifndef VEDETTE_REPOSITORY_RETENTION_H
#define VEDETTE_REPOSITORY_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/repository/name.h"
#include "lib/repository/retention_date.h"

#define RETENTION_BACKUPS_MAX 65536 /* of one repository: 10,000 forged ones are judged like any others */
#define RETENTION_FULLS_MAX 64      /* that a floor may keep */

struct retention_rules {
    struct retention_span spans[BACKUP_CLASS_COUNT]; /* at least; a commit may say longer */
    unsigned fulls;                                  /* newest verified fulls of a set that never go */
    unsigned condemned_h;
    unsigned deleted_percent, small_percent, changed_percent;
    unsigned jump_min; /* of a clock */
};
extern const struct retention_rules retention_rules;

/* Whether a backup may take another's place. */
enum retention_weight {
    RETENTION_UNWEIGHED, /* new; or not verified, or not on time: it cannot count */
    RETENTION_COUNTS,
    RETENTION_PASSED,  /* it came on a day that has one */
    RETENTION_SMALL,   /* doubtful: a full of less than 50 % of the last that counts */
    RETENTION_CHANGED, /* doubtful: more than 40 % of the files are not as they were */
    RETENTION_WEIGHT_COUNT,
};
extern const char *const retention_weight_words[RETENTION_WEIGHT_COUNT];

struct retention_backup {
    /* What its commit says. */
    char backup[BACKUP_BYTES], base[BACKUP_BYTES]; /* base "": it needs no other */
    enum backup_class class;
    int64_t slot, kept_until;
    const struct zone *zone; /* the caller's; NULL: unknown, dates end where they end last on Earth */
    bool anchor;
    uint64_t content_bytes, files, changed_files;

    /* What the target says. */
    bool verified;
    int64_t stored_s;    /* when it took the commit */
    uint64_t live_bytes; /* of what the commit claims, as much as the objects that are there can hold */

    /* What people and earlier runs say. */
    bool held, accepted;
    enum retention_weight
        weight;          /* found when it was first seen, and no other since; or PASSED: a person distrusts it */
    int64_t condemned_s; /* since when; 0: it is not */
};

enum retention_why {
    RETENTION_DUE,  /* nothing keeps it */
    RETENTION_DATE, /* its last date is not over */
    RETENTION_HOLD,
    RETENTION_BASE,  /* needed_by is kept, or its date is not over */
    RETENTION_FULLS, /* one of the newest verified fulls */
    RETENTION_CLASS, /* the last verified of its class */
    RETENTION_WHY_COUNT,
};
extern const char *const retention_why_words[RETENTION_WHY_COUNT];

struct retention_verdict {
    enum retention_why why;
    int64_t ends_s;   /* its last date is over, and that of all that need it */
    size_t needed_by; /* index; SIZE_MAX: its own date is the last */
    enum retention_weight weight;
};

/* Backups stand in the order of their names, none twice. SIZE_MAX: there is none of this name. */
size_t retention_find(const struct retention_backup *, size_t count, const char *backup);

/* One verdict for each. -1: no memory, or more than RETENTION_BACKUPS_MAX. */
int retention_judge(const struct retention_backup *, size_t count, const struct retention_rules *, int64_t now_s,
    struct retention_verdict *ret);

/* Whether a full of that slot is to be weekly: no verified full of its ISO week counts yet. Asked at its commit. */
bool retention_promotes(const struct retention_backup *, const struct retention_verdict *, size_t count, int64_t slot);

enum retention_step {
    RETENTION_KEEP,    /* and, if it was condemned, pardon */
    RETENTION_CONDEMN, /* from now on */
    RETENTION_WAIT,    /* it is condemned, but not long enough */
    RETENTION_DELETE,
};
/* Of a backup, or of an object that no kept commit lists. condemned_s 0: it is not. One of the future is none. */
enum retention_step retention_step(const struct retention_rules *, bool due, int64_t condemned_s, int64_t now_s);

#endif
