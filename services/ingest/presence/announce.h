/*
 * Changes of presence to the world: each an event of its own. What does not fit into the outbox stays visible as the
 * difference between an agent's shown and announced state, and is found and told when there is room again.
 */
#ifndef INGEST_ANNOUNCE_H
#define INGEST_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct live;
struct presence;
struct registry;

struct announcer {
    struct presence *presence;
    struct registry *registry;
    struct live *live;
    struct bus *bus;
    bool behind;                /* some agent's change is not announced, and is not in the queue */
    uint32_t next;              /* agent at which the search for those goes on */
    bool clean;                 /* this round of the search found nothing yet */
    uint64_t announced, postponed;
};

void announcer_start(struct announcer *);
/* After each drain and scan: tell what changed. */
void announce_changes(struct announcer *);
/* At each tick: tell what could not be told before, and sites' silence. */
void announce_rest(struct announcer *);

#endif
