#include "services/audit/streams/filter.h"

#include <string.h>

#include "lib/crypto.h"

/* Services read what they need, people at the command line everything. */
static const struct {
    unsigned peer, classes;
} permits[] = {
    { PEER_CLI, 1u << CLASS_OPS | 1u << CLASS_ACCESS | 1u << CLASS_FLEET | 1u << CLASS_ALERT },
    /* Its auditors see all classes in the browser; it shows others less (services/portal/feed/feed.c). */
    { PEER_PORTAL, 1u << CLASS_OPS | 1u << CLASS_ACCESS | 1u << CLASS_FLEET | 1u << CLASS_ALERT },
    /* Where its documents stand, and which agents come and go. */
    { PEER_SCHEDULER, 1u << CLASS_OPS | 1u << CLASS_FLEET },
    /* The same, and where its orders stand. */
    { PEER_BACKUP, 1u << CLASS_OPS | 1u << CLASS_FLEET },
    /* Its outputs send what is asked of them, which may be all (services/alert/output). */
    { PEER_ALERT, 1u << CLASS_OPS | 1u << CLASS_ACCESS | 1u << CLASS_FLEET | 1u << CLASS_ALERT },
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
    return a->class == b->class && a->least_sev == b->least_sev && !strcmp(a->tenant, b->tenant) &&
           !memcmp(&a->types, &b->types, sizeof(a->types));
}

static bool is_owner(const struct filter *filter, const struct bus_who *who)
{
    return filter->owner.peer == who->peer && filter->owner.subscriber == who->subscriber;
}

struct filter *filters_grant(
    struct filters *filters, const struct bus_who *who, const struct resume_filter *wants, uint64_t size)
{
    unsigned theirs = 0, most = who->subscriber ? FILTERS_PER_SUBSCRIBER_MAX : FILTERS_PER_ROLE_MAX;
    for (unsigned i = 0; i < filters->n; i++) {
        if (!is_owner(&filters->rows[i], who))
            continue;
        if (same(&filters->rows[i].wants, wants))
            return &filters->rows[i];
        theirs++;
    }
    if (filters->n == FILTERS_MAX || theirs == most)
        return NULL;
    struct filter *filter = &filters->rows[filters->n++];
    uint8_t random[(RESUME_ID_BYTES - 1) / 2];
    *filter = (struct filter){ .wants = *wants, .owner = *who, .next = size };
    crypto_random(random, sizeof(random));
    crypto_hex(random, sizeof(random), filter->id);
    return filter;
}

struct filter *filters_find(struct filters *filters, const struct bus_who *who, const char *id)
{
    for (unsigned i = 0; i < filters->n; i++) {
        if (is_owner(&filters->rows[i], who) && !strcmp(filters->rows[i].id, id))
            return &filters->rows[i];
    }
    return NULL;
}

bool filters_retire(struct filters *filters, const struct bus_who *who, char ret_id[RESUME_ID_BYTES])
{
    for (unsigned i = 0; i < filters->n; i++) {
        if (!is_owner(&filters->rows[i], who))
            continue;
        memcpy(ret_id, filters->rows[i].id, RESUME_ID_BYTES);
        buf_free(&filters->rows[i].records);
        filters->rows[i] = filters->rows[--filters->n];
        return true;
    }
    return false;
}

bool filter_matches(const struct resume_filter *filter, enum class class, const char *tenant, int sev, int event)
{
    return filter->class == class && sev <= filter->least_sev && resume_types_have(&filter->types, event) &&
           (!filter->tenant[0] || (tenant && !strcmp(filter->tenant, tenant)));
}
