/* Requests without permission, as events: counted by call, user and code, told once a period. */
#ifndef VEDETTE_PORTAL_REFUSALS_H
#define VEDETTE_PORTAL_REFUSALS_H

struct bus;
struct loop;
struct problem;
struct refusals;
struct web;

struct refusals *refusals_new(struct loop *, struct bus *); /* NULL: no memory */
/* Counts what is a matter of permission; ignores mistakes in the request. */
void refusals_count(struct web *, const struct problem *);

#endif
