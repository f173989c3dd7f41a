#include "services/alert/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void known_free(struct known *known)
{
    for (size_t i = 0; i < KNOWN_PAGES; i++)
        free(known->pages[i]);
    for (size_t i = 0; i < known->n_places; i++)
        free(known->places[i]);
    free(known->places);
    *known = (struct known){ 0 };
}

struct agent *known_agent(struct known *known, uint32_t id)
{
    size_t page = id / KNOWN_PAGE_AGENTS;
    if (page >= KNOWN_PAGES)
        return NULL;
    if (!known->pages[page])
        known->pages[page] = calloc(KNOWN_PAGE_AGENTS, sizeof(struct agent));
    return known->pages[page] ? &known->pages[page][id % KNOWN_PAGE_AGENTS] : NULL;
}

/* Index of the first place that is not before tenant and site; *ret_found says whether it is that one. */
static size_t search(const struct known *known, const char *tenant, const char *site, bool *ret_found)
{
    size_t low = 0, high = known->n_places;
    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct place *place = known->places[middle];
        int order = strcmp(place->tenant, tenant);
        order = order ? order : strcmp(place->site, site);
        *ret_found = *ret_found || !order;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct known *known)
{
    if (known->n_places < known->room)
        return 0;
    size_t room = known->room ? known->room * 2 : 64;
    struct place **places = room <= KNOWN_PLACES_MAX ? reallocarray(known->places, room, sizeof(*places)) : NULL;
    if (!places)
        return -1;
    known->places = places;
    known->room = room;
    return 0;
}

struct place *known_place(struct known *known, const char *tenant, const char *site, bool *ret_made)
{
    bool found;
    size_t i = search(known, tenant, site, &found);
    *ret_made = false;
    if (found)
        return known->places[i];
    struct place *place = make_room(known) ? NULL : calloc(1, sizeof(*place));
    if (!place)
        return NULL;
    snprintf(place->tenant, sizeof(place->tenant), "%s", tenant);
    snprintf(place->site, sizeof(place->site), "%s", site);
    memmove(known->places + i + 1, known->places + i, (known->n_places - i) * sizeof(*known->places));
    known->places[i] = place;
    known->n_places++;
    *ret_made = true;
    return place;
}
