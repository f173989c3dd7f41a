#include "lib/repository/zones.h"

#include <string.h>

const struct zone *zones_find(struct zones *zones, const char *name)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (!strcmp(zones->names[i], name))
            return zones->all[i];
    }
    if (zones->count == ZONES_MAX || strlen(name) >= ZONE_NAME_BYTES)
        return NULL;
    strcpy(zones->names[zones->count], name);
    zones->all[zones->count] = zone_load(name, NULL);
    return zones->all[zones->count++];
}

void zones_free(struct zones *zones)
{
    for (size_t i = 0; i < zones->count; i++)
        zone_free(zones->all[i]);
    *zones = (struct zones){ 0 };
}
