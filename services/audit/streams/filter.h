/* Filters that were granted, and who may have which. Pure. */
#ifndef VEDETTE_AUDIT_FILTER_H
#define VEDETTE_AUDIT_FILTER_H

#include <stdbool.h>

#include "lib/bus/resume.h"

#define FILTERS_MAX 4096            /* each costs a comparison an event of its class */
#define FILTERS_PER_ROLE_MAX 128    /* one `vedette stream` after another, each with a wish of its own */
#define FILTERS_PER_SUBSCRIBER_MAX 16   /* four classes, and some narrower wishes */

struct filter {
    struct resume_filter wants;
    struct bus_who owner;
    char id[RESUME_ID_BYTES];       /* random: says nothing of what it filters */
    uint64_t next;                  /* after the newest sequence published under it; at first the size of its class */
    struct buf records;             /* to be published under it */
    uint64_t last;                  /* the newest sequence in there */
};

struct filters {
    struct filter rows[FILTERS_MAX];
    unsigned n;
};

/* May this role read this class? */
bool filter_permitted(unsigned peer, enum class);

/* Their filter that wants just this, made if there is none yet (its next is then `size`); NULL: too many. */
struct filter *filters_grant(struct filters *, const struct bus_who *, const struct resume_filter *, uint64_t size);
/* Their filter of this id; NULL: not theirs, or unknown. */
struct filter *filters_find(struct filters *, const struct bus_who *, const char *id);
/* Take one filter of theirs away: its id, good for nothing from now on, is in ret. False: they have none. */
bool filters_retire(struct filters *, const struct bus_who *, char ret_id[RESUME_ID_BYTES]);

/* What of an event a filter looks at. tenant NULL: none. */
bool filter_matches(const struct resume_filter *, enum class, const char *tenant, int sev, int event);

#endif
