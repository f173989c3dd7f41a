/*
 * Refusals that strangers can provoke, told so that they cannot fill the log: the first of a kind in a period at once,
 * those that follow together with their number when the period is over. Pure.
 *
 * Alike is what has the same code and comes from the same network; or, in a fold by user, what has the same code and
 * call and is of the same user. There is room for FOLD_KINDS in a period: what else comes then is told together, too,
 * and names none. At most 2 × FOLD_KINDS + 1 events come of a period, whatever is refused.
 */
#ifndef VEDETTE_FOLD_H
#define VEDETTE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#define FOLD_PERIOD_MS 60000
#define FOLD_KINDS 32          /* as many as a person reads in a minute */
#define FOLD_VARIOUS "various" /* the code of what found no room */

/* code and call must be static, the rest is copied. NULL and 0: unknown. */
struct refusal {
    const char *code, *call;
    const char *user, *address;
    uint32_t number; /* the owner's: of a token */
};

struct fold_kind {
    const char *code, *call;    /* as in the first of the kind; NULL, "" and 0: unknown */
    char user[97], address[65]; /* a user's name, or an actor: "user:alice" */
    uint32_t number;
    uint64_t network;
    uint32_t count; /* not told yet */
};

struct fold {
    bool by_user;
    unsigned n;
    struct fold_kind kinds[FOLD_KINDS + 1]; /* the last: all that found no room */
};

/* -1: it cannot be told now; it is told later, with those that follow. */
typedef int fold_tell(void *arg, const struct fold_kind *);

void fold_add(struct fold *, const struct refusal *, fold_tell *, void *arg);
/* Said each FOLD_PERIOD_MS, and before the end. */
void fold_period(struct fold *, fold_tell *, void *arg);

#endif
