/*
 * Sites, and when one falls silent together: its last live agent goes offline and two or more fell within a minute.
 * Pure: presence says who lives and falls, announce.c tells the world. An index is the site's id in the registry.
 */
#ifndef INGEST_SITES_H
#define INGEST_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITE_TOGETHER_MS 60000  /* agents that fall within this fall together */

struct site {
    char tenant[33], name[33];
    uint32_t live;              /* agents that are heard */
    uint32_t fallen;            /* agents that went offline since first_fall_ms */
    int64_t first_fall_ms, last_fall_ms;
    bool silent;
    bool announced_silent;      /* what was last told */
};

struct sites {
    struct site *all;           /* by id; [0] is nobody's */
    uint32_t n, room;
    bool untold;                /* some site's silence is not announced yet */
};

/* Make known site `id` (ids are dense); -1: no memory. */
int sites_add(struct sites *, uint32_t id, const char *tenant, const char *name);
void sites_free(struct sites *);

void site_heard(struct sites *, uint32_t id);
/* An agent is live no more: it fell (offline), or said that it would go. */
void site_left(struct sites *, uint32_t id, bool fell, int64_t now_ms);

#endif
