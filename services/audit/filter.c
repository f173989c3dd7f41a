#include "services/audit/filter.h"

#include <string.h>

#include "lib/crypto.h"

/* Services read what they need, people at the command line everything. */
static const struct {
    unsigned peer, classes;
} permits[] = {
    { PEER_CLI, 1u << CLASS_OPS | 1u << CLASS_ACCESS | 1u << CLASS_FLEET | 1u << CLASS_ALERT },
    /* Its auditors see all classes in the browser; it shows others less (services/portal/feed.c). */
    { PEER_PORTAL, 1u << CLASS_OPS | 1u << CLASS_ACCESS | 1u << CLASS_FLEET | 1u << CLASS_ALERT },
    { PEER_ALERT, 1u << CLASS_FLEET | 1u << CLASS_ALERT },
};

bool filter_permitted(unsigned peer, enum class class)
{
    for (size_t i = 0; i < sizeof(permits) / sizeof(permits[0]); i++) {
        if (permits[i].peer == peer)
            return permits[i].classes & 1u << class;
    }
    return false;
}

static bool same(const struct resume_filter *a, const struct resume_filter *b)
{
    return a->class == b->class && a->least_sev == b->least_sev && a->event == b->event && !strcmp(a->tenant, b->tenant);
}

struct filter *filters_grant(struct filters *filters, unsigned peer, const struct resume_filter *wants, uint64_t size)
{
    unsigned of_peer = 0;
    for (unsigned i = 0; i < filters->n; i++) {
        if (filters->rows[i].peer != peer)
            continue;
        if (same(&filters->rows[i].wants, wants))
            return &filters->rows[i];
        of_peer++;
    }
    if (filters->n == FILTERS_MAX || of_peer == FILTERS_PER_PEER_MAX)
        return NULL;
    struct filter *filter = &filters->rows[filters->n++];
    uint8_t random[(RESUME_ID_BYTES - 1) / 2];
    *filter = (struct filter){ .wants = *wants, .peer = peer, .next = size };
    crypto_random(random, sizeof(random));
    crypto_hex(random, sizeof(random), filter->id);
    return filter;
}

struct filter *filters_find(struct filters *filters, unsigned peer, const char *id)
{
    for (unsigned i = 0; i < filters->n; i++) {
        if (filters->rows[i].peer == peer && !strcmp(filters->rows[i].id, id))
            return &filters->rows[i];
    }
    return NULL;
}

bool filter_matches(const struct resume_filter *filter, enum class class, const char *tenant, int sev, int event)
{
    return filter->class == class && sev <= filter->least_sev && (filter->event < 0 || filter->event == event) &&
           (!filter->tenant[0] || (tenant && !strcmp(filter->tenant, tenant)));
}
