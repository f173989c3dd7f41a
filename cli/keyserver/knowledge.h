/*
 * What the service knows by itself: the trust file that a person pinned here, and what follows it; the newest revocation
 * and status. All lie in its own folder (--home); what the server offers is taken only where it follows them.
 */
#ifndef VEDETTE_CLI_KEYSERVER_KNOWLEDGE_H
#define VEDETTE_CLI_KEYSERVER_KNOWLEDGE_H

#include <limits.h>

#include "cli/keyserver/verdict.h"
#include "lib/time_floor.h"

struct cli;

struct knowledge {
    struct trust *trust;
    struct document revocation, status; /* json NULL: none */
    bool status_counts;                 /* by a key that still does; else it is a time that was signed, and no more */
    struct time_floor floor;
    char time_path[PATH_MAX]; /* where that is kept */
};

/* "no-trust": none was pinned yet. Each that cannot be read is a problem: what is withdrawn would be good again. */
int knowledge_load(struct knowledge *, const struct cli *, struct problem *);
void knowledge_free(struct knowledge *);
/* Ask the server for what is newer. What it withholds makes the status stale at last. -1 + problem: it cannot be asked, or
 * shows what does not follow; what is known stays. */
int knowledge_follow(struct knowledge *, struct cli *, struct problem *);
struct keyserver_known knowledge_now(const struct knowledge *);

#endif
