/* What was refused to strangers and users, as events: alike ones of a minute are one event with their number
 * (lib/fold.h). */
#ifndef VEDETTE_PORTAL_REFUSALS_H
#define VEDETTE_PORTAL_REFUSALS_H

#include <stdbool.h>

struct bus;
struct loop;
struct problem;
struct refusal;
struct refusals;
struct web;

struct refusals *refusals_new(struct loop *, struct bus *); /* NULL: no memory */
/* Tell what was counted and not told: before the end. */
void refusals_tell(struct refusals *);

/* Counts what is a matter of permission; ignores mistakes in the request. */
void refusals_count(struct web *, const struct problem *);
/* A log-in that failed; of one of our own users, or of nobody. */
void refusals_login(struct refusals *, const struct refusal *, bool own_user);
/* A key that was not proven within a session. */
void refusals_proof(struct refusals *, const struct refusal *);

#endif
