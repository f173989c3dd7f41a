#include "services/ingest/presence/sites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sites_add(struct sites *sites, uint32_t id, const char *tenant, const char *name)
{
    if (id >= sites->room) {
        uint32_t room = id * 2 + 64;
        struct site *all = realloc(sites->all, room * sizeof(*all));
        if (!all)
            return -1;
        memset(all + sites->room, 0, (room - sites->room) * sizeof(*all));
        sites->all = all;
        sites->room = room;
    }
    if (id >= sites->n)
        sites->n = id + 1;
    snprintf(sites->all[id].tenant, sizeof(sites->all[id].tenant), "%s", tenant);
    snprintf(sites->all[id].name, sizeof(sites->all[id].name), "%s", name);
    return 0;
}

void sites_free(struct sites *sites)
{
    free(sites->all);
    *sites = (struct sites){ 0 };
}

static void set_silent(struct sites *sites, struct site *site, bool silent)
{
    site->silent = silent;
    if (site->silent != site->announced_silent)
        sites->untold = true;
}

void site_heard(struct sites *sites, uint32_t id)
{
    struct site *site = &sites->all[id];
    site->live++;
    site->fallen = 0;
    set_silent(sites, site, false);
}

void site_left(struct sites *sites, uint32_t id, bool fell, int64_t now_ms)
{
    struct site *site = &sites->all[id];
    site->live--;
    if (!fell)
        return;
    if (!site->fallen || now_ms - site->first_fall_ms > SITE_TOGETHER_MS) {
        /* A new fall; the one just before still belongs to it. */
        bool together = site->fallen && now_ms - site->last_fall_ms <= SITE_TOGETHER_MS;
        site->first_fall_ms = together ? site->last_fall_ms : now_ms;
        site->fallen = together;
    }
    site->fallen++;
    site->last_fall_ms = now_ms;
    if (!site->live && site->fallen >= 2)
        set_silent(sites, site, true);
}
