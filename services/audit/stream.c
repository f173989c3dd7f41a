/* Events out: to those who listen, as they become durable, and to those who were away, from the journal. */
#include <string.h>

#include "lib/event.h"
#include "services/audit/audit.h"

void stream_publish(struct audit *audit, const struct entry *entry, const char *text, size_t bytes)
{
    for (unsigned i = 0; i < audit->filters.n; i++) {
        struct filter *filter = &audit->filters.rows[i];
        if (!filter_matches(&filter->wants, entry->class, entry->tenant, entry->sev, entry->event))
            continue;
        bus_spine_publish(audit->bus, filter->id, entry->sequence, filter->next, text, bytes);
        filter->next = entry->sequence + 1;
    }
}

void stream_heartbeat(void *arg)
{
    struct audit *audit = arg;
    for (unsigned i = 0; i < audit->filters.n; i++) {
        const struct filter *filter = &audit->filters.rows[i];
        bus_spine_publish(audit->bus, filter->id, filter->next, filter->next, NULL, 0);
    }
}

bool stream_owns(void *arg, unsigned peer, const char *id, uint64_t *ret_next)
{
    struct audit *audit = arg;
    const struct filter *filter = filters_find(&audit->filters, peer, id);
    if (filter)
        *ret_next = filter->next;
    return filter;
}

static void grant(struct audit *audit, unsigned peer, const struct bus_route *route, const struct resume_filter *wants)
{
    uint64_t size = journal_size(audit->journal, wants->class);
    struct problem problem;
    if (!filter_permitted(peer, wants->class)) {
        problem_set(&problem, "no-permission", "class", "this role may not read class %s", class_words[wants->class]);
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    struct filter *filter = filters_grant(&audit->filters, peer, wants, size);
    if (!filter) {
        problem_set(&problem, "too-many", "", "there are too many filters");
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    bus_spine_granted(audit->bus, route, filter->id, size);
}

/* What one replay collects. */
struct replay {
    struct audit *audit;
    const struct resume_filter *wants;
    uint32_t max, n, looked;
    uint64_t next;
};

#define LOOKED_MAX 16384    /* entries that one request may pass by: a sparse filter asks again from `next` */

static bool matches_text(const struct replay *replay, const char *text, size_t bytes)
{
    struct event_read read;
    if (!replay->wants->tenant[0] && replay->wants->least_sev == 4 && replay->wants->event < 0)
        return true;
    if (event_read_stored(text, bytes, &read, NULL))
        return false;
    bool matches = filter_matches(replay->wants, read.event.class, read.event.tenant, read.event.sev, read.event.event);
    event_free(&read);
    return matches;
}

static bool collect(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct replay *replay = arg;
    struct buf *records = &replay->audit->records;
    const struct resume_record record = { sequence, text, bytes };
    if (replay->n == replay->max || replay->looked == LOOKED_MAX || records->length + bytes > RESUME_BYTES_MAX)
        return false;
    if (matches_text(replay, text, bytes)) {
        if (resume_record_add(records, &record))
            return false;
        replay->n++;
    }
    replay->looked++;
    replay->next = sequence + 1;
    return true;
}

static void replay(struct audit *audit, unsigned peer, const struct bus_route *route,
    const struct resume_request *request)
{
    const struct filter *filter = filters_find(&audit->filters, peer, request->id);
    struct problem problem;
    if (!filter) {
        problem_set(&problem, "unknown-filter", "", "no such filter of yours");
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    struct replay collected = {
        .audit = audit,
        .wants = &filter->wants,
        .max = request->max < RESUME_RECORDS_MAX ? request->max : RESUME_RECORDS_MAX,
        .next = request->from,
    };
    buf_clear(&audit->records);
    if (journal_read(audit->journal, filter->wants.class, request->from, collect, &collected, &problem)) {
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    audit->replayed += collected.n;
    bus_spine_records(audit->bus, route, filter->id, journal_size(audit->journal, filter->wants.class),
        collected.next, &audit->records);
}

void stream_request(void *arg, unsigned peer, const struct bus_route *route, const struct resume_request *request)
{
    if (request->replay)
        replay(arg, peer, route, request);
    else
        grant(arg, peer, route, &request->filter);
}
