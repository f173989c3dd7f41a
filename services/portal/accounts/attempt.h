/* One try at a user's factors, to log in or within a session: the same limits, counters and locks for both. */
#ifndef VEDETTE_PORTAL_ATTEMPT_H
#define VEDETTE_PORTAL_ATTEMPT_H

#include <stdbool.h>

#include "services/portal/accounts/accounts.h"

struct problem;
struct web;

struct attempt {
    struct web *web;
    const char *user;       /* as it was typed, or the session's: borrowed */
    struct account account; /* account.user "": there is no such user */
    bool known_address;
};

/* Who it is of, and whether a try may be made now: "slow-down", "locked", or the database's problem; told as a refusal.
 */
int attempt_begin(struct attempt *, struct web *, const char *user, struct problem *);
/* The lock alone, asked again where something else went on since attempt_begin. */
int attempt_check_lock(const struct attempt *, struct problem *);
/* Is this the key's code now, and later than the last that was taken? If so its step stands in account.otp_step. */
bool attempt_key(struct attempt *, const char *otp);
/* A factor was wrong: count it, slow the address down, tell it. -1 + problem: it has locked the name, or was not
 * counted; 0: the caller says what was wrong. */
int attempt_failed(const struct attempt *, enum factor, const char *code, struct problem *);

#endif
