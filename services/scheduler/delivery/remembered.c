#include "services/scheduler/delivery/remembered.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/exchange/agents.h"
#include "lib/log.h"
#include "services/scheduler/scheduler.h"

#define DAY_MS INT64_C(86400000)
#define SUBJECT_BYTES 24

struct row {
    struct remembered remembered;
    bool forked;
};

static bool find(struct records *records, uint32_t agent, struct row *ret)
{
    struct db_rows *rows =
        records_query(records, "SELECT origin, size, forked FROM remembered WHERE agent = ?", "i", (int64_t)agent);
    bool found = db_next(rows);
    if (found) {
        snprintf(ret->remembered.origin, sizeof(ret->remembered.origin), "%s", db_text(rows, 0));
        ret->remembered.size = (uint64_t)db_int(rows, 1);
        ret->forked = db_int(rows, 2);
    }
    records_finish(rows);
    return found;
}

bool remembered_get(struct records *records, uint32_t agent, struct remembered *ret)
{
    struct row row;
    if (!find(records, agent, &row))
        return false;
    *ret = row.remembered;
    return true;
}

void remembered_show(struct records *records, uint32_t agent, const char *origin, uint64_t size, int64_t now_ms)
{
    records_run(records,
        "INSERT INTO remembered (agent, origin, size, shown_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (agent) DO UPDATE SET shown_ms = excluded.shown_ms, origin = excluded.origin,"
        " size = iif(origin = excluded.origin, max(size, excluded.size), excluded.size)",
        "isii", (int64_t)agent, origin, (int64_t)size, now_ms);
}

void remembered_correct(struct records *records, uint32_t agent)
{
    records_run(records, "UPDATE remembered SET size = said_size WHERE agent = ? AND said_size IS NOT NULL", "i",
        (int64_t)agent);
}

static void store(struct records *records, uint32_t agent, const struct envelope_remembered *said, const char *evidence)
{
    records_run(records,
        "INSERT INTO remembered (agent, origin, size, said_size, said_ms, shown_ms, forked, evidence)"
        " VALUES (?1, ?2, ?3, ?3, ?4, ?4, ?5, ?6) ON CONFLICT (agent) DO UPDATE SET"
        " size = iif(origin = excluded.origin, max(size, excluded.size), excluded.size),"
        " origin = excluded.origin, said_size = excluded.said_size, said_ms = excluded.said_ms,"
        " forked = excluded.forked, evidence = ifnull(excluded.evidence, evidence)",
        "isiiis", (int64_t)agent, said->log_origin, (int64_t)said->size, clock_wall_ms(), (int64_t)said->forked,
        evidence);
}

static void tell(struct scheduler *scheduler, const struct agent_known *agent, const struct envelope_remembered *said,
    uint64_t held_size)
{
    char subject[SUBJECT_BYTES];
    snprintf(subject, sizeof(subject), "agent/%u", agent->agent);
    const struct event_about about = { .tenant = agent->tenant, .subject = subject, .time_ms = said->time };
    const struct event_log_forked forked = {
        .agent = agent->agent, .log_origin = said->log_origin, .size = said->size, .held_size = held_size
    };
    const struct event_log_agreed agreed = {
        .agent = agent->agent, .log_origin = said->log_origin, .size = said->size
    };
    if (said->forked) {
        log_error("log.forked", LOG_INT("agent", agent->agent), LOG_TEXT("log", said->log_origin));
        emit_log_forked(scheduler->program.bus, &about, &forked, NULL, NULL);
    } else {
        emit_log_agreed(scheduler->program.bus, &about, &agreed, NULL, NULL);
    }
}

void remembered_take(struct scheduler *scheduler, uint32_t agent, const struct envelope_remembered *said)
{
    struct agent_known known;
    struct row before = { 0 };
    struct buf evidence = { 0 };
    bool any = find(scheduler->records, agent, &before);
    if (said->held_checkpoint && said->seen_checkpoint)
        buf_format(&evidence, "%s\n%s", said->held_checkpoint, said->seen_checkpoint);
    store(scheduler->records, agent, said, evidence.data);
    buf_free(&evidence);
    if (said->forked != (any && before.forked) && agents_get(scheduler->records, agent, &known))
        tell(scheduler, &known, said, before.remembered.size);
}

/* Each of the two has one empty line of its own, before its signatures; the next is between them. */
static void split(const char *evidence, struct remembered_word *ret)
{
    const char *own = strstr(evidence, "\n\n"), *between = own ? strstr(own + 2, "\n\n") : NULL;
    if (!between)
        return;
    ret->held = strndup(evidence, (size_t)(between + 1 - evidence));
    ret->seen = strdup(between + 2);
}

bool remembered_word(struct records *records, uint32_t agent, struct remembered_word *ret)
{
    struct db_rows *rows = records_query(records,
        "SELECT origin, said_size, forked, evidence FROM remembered"
        " WHERE agent = ? AND said_size IS NOT NULL",
        "i", (int64_t)agent);
    bool found = db_next(rows);
    if (found) {
        *ret = (struct remembered_word){ .size = (uint64_t)db_int(rows, 1), .forked = db_int(rows, 2) };
        snprintf(ret->origin, sizeof(ret->origin), "%s", db_text(rows, 0));
        if (db_text(rows, 3))
            split(db_text(rows, 3), ret);
    }
    records_finish(rows);
    return found;
}

size_t remembered_due(struct records *records, int64_t now_ms, uint32_t *ret, size_t n)
{
    size_t found = 0;
    struct db_rows *rows = records_query(records,
        "SELECT agent FROM remembered JOIN agent USING (agent) WHERE shown_ms <= ?1"
        " AND (said_ms >= shown_ms OR shown_ms <= ?2) ORDER BY shown_ms LIMIT ?3",
        "iii", now_ms - DAY_MS, now_ms - 7 * DAY_MS, (int64_t)n);
    while (db_next(rows))
        ret[found++] = (uint32_t)db_int(rows, 0);
    records_finish(rows);
    return found;
}
