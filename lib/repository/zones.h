/* Zones by name, each loaded once. Commits name them, so there may be as many as an agent likes, but no more than
 * some. */
#ifndef VEDETTE_REPOSITORY_ZONES_H
#define VEDETTE_REPOSITORY_ZONES_H

#include <stddef.h>

#include "lib/calendar/zone.h"

#define ZONES_MAX 64 /* 50 kB each; an agent has one or two */

struct problem;

struct zones {
    size_t count;
    char names[ZONES_MAX][ZONE_NAME_BYTES];
    struct zone *all[ZONES_MAX]; /* NULL: there is none of this name */
};
void zones_free(struct zones *);

/* *ret is NULL: unknown, or one too many; else it stays good until zones_free. -1 + problem: it cannot be read now,
 * and nothing is known of it. */
int zones_find(struct zones *, const char *name, const struct zone **ret, struct problem *);

#endif
