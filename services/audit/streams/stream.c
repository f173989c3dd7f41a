/*
 * Events out: to those who listen, as they become durable, and to those who were away, from the log. Who they are
 * is known by their key alone; roles read what filter.c permits, subscribers what they were granted.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/bus/keys.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/event/event.h"
#include "lib/event/head.h"
#include "lib/loop.h"
#include "services/audit/audit.h"

#define TOGETHER_BYTES (16u << 10) /* events that go out together, one alone may be longer */
/* An event after a pause goes out at once; those that follow it wait so long for each other, because encrypting frames
 * for each subscriber is most of the work. */
#define TOGETHER_MS 4

static void flush(struct audit *audit, struct filter *filter)
{
    if (!filter->records.length)
        return;
    bus_spine_publish(audit->bus, filter->id, filter->last + 1, filter->next, &filter->records);
    filter->next = filter->last + 1;
    buf_clear(&filter->records);
}

static void flush_all(void *arg)
{
    struct audit *audit = arg;
    for (unsigned i = 0; i < audit->filters.n; i++)
        flush(audit, &audit->filters.rows[i]);
    audit->flushed_ms = clock_mono_ms();
    audit->flushing = false;
}

/* The origin says how often the log was succeeded by another: vedette/<deployment>/<class>/<generation>. */
static int open_successions(struct audit *audit, enum class class, struct problem *problem)
{
    const char *directory = ledger_directory(audit->ledger, class), *origin = ledger_key(audit->ledger, class)->name;
    const unsigned long generation = strtoul(strrchr(origin, '/') + 1, NULL, 10);
    const uint64_t size = journal_size(audit->journal, class);
    struct successions *successions = &audit->successions[class];
    if (successions_read(directory, successions, problem) ||
        (generation > 1 && successions_note(directory, successions, (uint32_t)generation - 1, size, problem)))
        return -1;
    audit->heads[class] = successions_place(successions, size);
    return 0;
}

int stream_open(struct audit *audit, struct loop *loop, struct problem *problem)
{
    audit->flush = loop_timer(loop, flush_all, audit);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (open_successions(audit, (enum class) class, problem))
            return -1;
    }
    return audit->flush ? 0 : problem_set(problem, "no-memory", "", "no memory");
}

void stream_publish(struct audit *audit, const struct entry *entry, const char *text, size_t bytes)
{
    struct resume_record record = { entry->place, text, bytes };
    audit->heads[entry->class] = entry->place + 1;
    if (entry->sealed && seal_open(audit->seal, entry->class, text, bytes, &record.json, &record.bytes))
        return; /* the next frame tells of a gap */
    for (unsigned i = 0; i < audit->filters.n; i++) {
        struct filter *filter = &audit->filters.rows[i];
        if (!filter_matches(&filter->wants, entry->class, entry->tenant, entry->sev, entry->event))
            continue;
        if (filter->records.length + record.bytes > TOGETHER_BYTES)
            flush(audit, filter);
        if (resume_record_add(&filter->records, &record)) {
            /* Without memory it is not published: the next frame tells of a gap. */
            flush(audit, filter);
            filter->next = entry->place + 1;
        } else {
            filter->last = entry->place;
        }
    }
}

void stream_flush(struct audit *audit)
{
    int64_t wait_ms = audit->flushed_ms + TOGETHER_MS - clock_mono_ms();
    if (audit->flushing)
        return;
    audit->flushing = true;
    if (wait_ms <= 0)
        flush_all(audit);
    else
        loop_timer_set(audit->flush, wait_ms * 1000);
}

void stream_heartbeat(void *arg)
{
    struct audit *audit = arg;
    for (unsigned i = 0; i < audit->filters.n; i++) {
        struct filter *filter = &audit->filters.rows[i];
        flush(audit, filter);
        bus_spine_publish(audit->bus, filter->id, audit->heads[filter->wants.class], filter->next, NULL);
    }
    subscriber_metrics_update(audit);
}

uint32_t stream_subscriber(void *arg, const char *key)
{
    struct audit *audit = arg;
    struct subscriber *subscriber = subscribers_by_key(audit->subscribers, key);
    if (!subscriber)
        return 0;
    subscriber->contact_ms = clock_wall_ms();
    subscriber->moved = true;
    return subscriber->number;
}

bool stream_owns(void *arg, const struct bus_who *who, const char *id, uint64_t *ret_head, uint64_t *ret_since)
{
    struct audit *audit = arg;
    struct filter *filter = filters_find(&audit->filters, who, id);
    if (!filter)
        return false;
    /* What waits stands between the two. */
    flush(audit, filter);
    *ret_head = audit->heads[filter->wants.class];
    *ret_since = filter->next;
    return true;
}

void stream_end(struct audit *audit, uint32_t subscriber)
{
    const struct bus_who who = { PEER_SUBSCRIBER, subscriber };
    char id[RESUME_ID_BYTES];
    while (filters_retire(&audit->filters, &who, id))
        bus_spine_publish_revoked(audit->bus, id);
    bus_spine_end(audit->bus, subscriber);
}

static int check_wish(
    struct audit *audit, const struct bus_who *who, const struct resume_filter *wish, struct problem *problem)
{
    if (who->peer == PEER_SUBSCRIBER)
        return grant_check(&subscribers_by_number(audit->subscribers, who->subscriber)->grant, wish, problem);
    if (!filter_permitted(who->peer, wish->class))
        return problem_set(
            problem, "no-permission", "class", "this role may not read class %s", class_words[wish->class]);
    return 0;
}

static void grant(
    struct audit *audit, const struct bus_who *who, const struct bus_route *route, const struct resume_filter *wish)
{
    uint64_t head = audit->heads[wish->class], cursor = RESUME_NO_CURSOR;
    struct problem problem;
    if (check_wish(audit, who, wish, &problem)) {
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    struct filter *filter = filters_grant(&audit->filters, who, wish, head);
    if (!filter) {
        problem_set(
            &problem, "too-many", "", "there are too many filters; until audit is started anew, use earlier ones");
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    if (who->peer == PEER_SUBSCRIBER)
        cursor = subscribers_by_number(audit->subscribers, who->subscriber)->cursor[wish->class];
    bus_spine_granted(audit->bus, route, filter->id, head, cursor);
}

/* What one replay collects. */
struct replay {
    struct audit *audit;
    const struct resume_filter *wants;
    const struct successions *successions;
    uint32_t max, n, work;
    uint64_t next; /* sequence */
};

/* Work of one request, a few milliseconds: entries looked at, of which one that must be parsed counts for many. A
 * sparse filter asks again from `next`. */
#define WORK_MAX 8192
#define WORK_PARSED 32

static bool matches_text(struct replay *replay, const char *text, size_t bytes)
{
    const struct resume_filter *wants = replay->wants;
    struct event_head head;
    struct event_read read;
    if (!wants->tenant[0] && wants->least_sev == 4 && wants->types.all)
        return true;
    if (!event_head_read(text, bytes, &head))
        return filter_matches(wants, wants->class, head.tenant, head.sev, head.event);
    replay->work += WORK_PARSED;
    if (event_read_stored(text, bytes, &read, NULL))
        return false;
    bool matches = filter_matches(wants, wants->class, read.event.tenant, read.event.sev, read.event.event);
    event_free(&read);
    return matches;
}

static bool collect(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct replay *replay = arg;
    struct buf *records = &replay->audit->records;
    struct resume_record record = { successions_place(replay->successions, sequence), text, bytes };
    if (replay->n == replay->max || replay->work >= WORK_MAX ||
        seal_open(replay->audit->seal, replay->wants->class, text, bytes, &record.json, &record.bytes) ||
        records->length + record.bytes > RESUME_BYTES_MAX)
        return false;
    if (matches_text(replay, record.json, record.bytes)) {
        if (resume_record_add(records, &record))
            return false;
        replay->n++;
    }
    replay->work++;
    replay->next = sequence + 1;
    return true;
}

/* Where the last one stood that is gone: what this subscriber will never read. */
static int tell_gap(struct audit *audit, enum class class, uint64_t from, uint64_t kept_from)
{
    uint8_t salt[EVENT_SALT_BYTES];
    struct buf text = { 0 };
    const struct event_stream_gap gap = { .class = (int)class, .deleted_from = from, .kept_from = kept_from };
    const struct bus_event event = {
        .class = class,
        .sequence = kept_from - 1,
        .place = successions_place(&audit->successions[class], kept_from - 1),
        .event = EVENT_STREAM_GAP,
        .time_ms = clock_wall_ms(),
        .recorded_ms = clock_wall_ms(),
        .sev = event_rows[EVENT_STREAM_GAP].sev,
        .data = &gap,
    };
    crypto_random(salt, sizeof(salt));
    int error = event_compose(&text, &event, bus_peer_name(PEER_AUDIT), salt) ||
                resume_record_add(&audit->records, &(struct resume_record){ event.place, text.data, text.length });
    buf_free(&text);
    return error;
}

static void replay(struct audit *audit, const struct bus_route *route, const struct filter *filter,
    const struct resume_request *request)
{
    struct problem problem;
    const struct successions *successions = &audit->successions[filter->wants.class];
    const uint64_t from = successions_sequence(successions, request->from);
    struct replay collected = {
        .audit = audit,
        .wants = &filter->wants,
        .successions = successions,
        .max = request->max < RESUME_RECORDS_MAX ? request->max : RESUME_RECORDS_MAX,
        .next = from,
    };
    const uint64_t kept_from = retainer_kept_from(audit->retainer, filter->wants.class);
    buf_clear(&audit->records);
    if (from < kept_from && !tell_gap(audit, filter->wants.class, from, kept_from))
        collected.next = kept_from;
    if (ledger_read(audit->ledger, filter->wants.class, collected.next, collect, &collected, &problem)) {
        bus_spine_refused(audit->bus, route, &problem);
        return;
    }
    audit->replayed += collected.n;
    bus_spine_records(audit->bus, route, filter->id, audit->heads[filter->wants.class],
        successions_place(successions, collected.next), &audit->records);
}

/* A place that does not exist yet is a mistake, and remembering it would hide events. */
static void move_cursor(struct audit *audit, const struct bus_who *who, const struct filter *filter, uint64_t next)
{
    enum class class = filter->wants.class;
    if (who->peer != PEER_SUBSCRIBER || next > audit->heads[class])
        return;
    struct subscriber *subscriber = subscribers_by_number(audit->subscribers, who->subscriber);
    subscriber->cursor[class] = next;
    subscriber->moved = true;
}

static void with_filter(
    struct audit *audit, const struct bus_who *who, const struct bus_route *route, const struct resume_request *request)
{
    const struct filter *filter = filters_find(&audit->filters, who, request->id);
    struct problem problem;
    if (!filter) {
        problem_set(&problem, "unknown-filter", "", "no such filter of yours");
        bus_spine_refused(audit->bus, route, &problem);
    } else if (request->wish == RESUME_REPLAY) {
        replay(audit, route, filter, request);
    } else {
        move_cursor(audit, who, filter, request->from);
    }
}

void stream_request(
    void *arg, const struct bus_who *who, const struct bus_route *route, const struct resume_request *request)
{
    struct audit *audit = arg;
    if (who->peer == PEER_SUBSCRIBER) {
        struct subscriber *subscriber = subscribers_by_number(audit->subscribers, who->subscriber);
        struct problem problem;
        if (!subscriber) {
            problem_set(&problem, "revoked", "", "this subscriber was revoked");
            bus_spine_refused(audit->bus, route, &problem);
            return;
        }
        subscriber->contact_ms = clock_wall_ms();
        subscriber->moved = true;
    }
    if (request->wish == RESUME_SUBSCRIBE)
        grant(audit, who, route, &request->filter);
    else
        with_filter(audit, who, route, request);
}
