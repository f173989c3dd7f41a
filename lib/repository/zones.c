#include "lib/repository/zones.h"

#include <string.h>

#include "lib/problem.h"

int zones_find(struct zones *zones, const char *name, const struct zone **ret, struct problem *problem)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (!strcmp(zones->names[i], name)) {
            *ret = zones->all[i];
            return 0;
        }
    }
    *ret = NULL;
    if (zones->count == ZONES_MAX || strlen(name) >= ZONE_NAME_BYTES)
        return 0;
    struct problem why;
    struct zone *zone = zone_load(name, &why);
    if (!zone && strcmp(why.code, "bad-zone")) {
        if (problem)
            *problem = why;
        return -1;
    }
    strcpy(zones->names[zones->count], name);
    *ret = zones->all[zones->count++] = zone;
    return 0;
}

void zones_free(struct zones *zones)
{
    for (size_t i = 0; i < zones->count; i++)
        zone_free(zones->all[i]);
    *zones = (struct zones){ 0 };
}
