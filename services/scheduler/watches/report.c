#include "services/scheduler/watches/report.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/exchange/agents.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/records.h"
#include "services/scheduler/watches/tell.h"
#include "services/scheduler/watches/trend.h"

struct taking {
    struct scheduler *scheduler;
    struct agent_known agent;
    int64_t now_ms;
    const char *names[WATCHES_MAX]; /* watches that the agent has, as it says */
    size_t n_names;
};

/* An agent's clock may be ahead of ours; nothing happened after now. */
static int64_t not_later(const struct taking *taking, int64_t time_ms)
{
    return time_ms < taking->now_ms ? time_ms : taking->now_ms;
}

static void set_text(char *ret, size_t bytes, const char *text)
{
    snprintf(ret, bytes, "%s", text ? text : "");
}

static void set(const struct taking *taking, const struct envelope_watches_row *row, struct watch_record *record)
{
    record->agent = taking->agent.agent;
    record->kind = (enum watch_kind)row->watch_kind;
    record->held = row->has_held && row->held;
    record->has_value = row->has_value;
    record->value = row->value;
    record->reported_ms = taking->now_ms;
    set_text(record->watch, sizeof(record->watch), row->watch);
    set_text(record->reason, sizeof(record->reason), row->reason);
    set_text(record->document, sizeof(record->document), row->document);
}

/* What was ok before we heard of it is nothing to tell. */
static int take_level(const struct taking *taking, const struct envelope_watches_row *row)
{
    struct watch_record record = { .level = LEVEL_OK };
    bool known = watch_records_get(taking->scheduler->records, taking->agent.agent, row->watch, &record);
    enum level before = record.level;
    if (!row->has_level)
        return 0;
    set(taking, row, &record);
    if (!known || (int)before != row->level)
        record.since_ms = not_later(taking, row->time);
    record.level = (enum level)row->level;
    if (record.level != before && watch_tell(taking->scheduler, &taking->agent, &record))
        return -1;
    watch_records_put(taking->scheduler->records, &record);
    return 0;
}

static void list_names(struct taking *taking, const struct envelope_watches *report)
{
    for (size_t i = 0; i < report->n_rows && taking->n_names < WATCHES_MAX; i++) {
        if (report->rows[i].report_row == REPORT_ROW_STANDING)
            taking->names[taking->n_names++] = report->rows[i].watch;
    }
}

/* One that it has, or had when it told of it last. Of names that it makes up each would be an alert. */
static bool is_its(const struct taking *taking, const char *watch)
{
    struct watch_record record;
    for (size_t i = 0; i < taking->n_names; i++) {
        if (!strcmp(taking->names[i], watch))
            return true;
    }
    return watch_records_get(taking->scheduler->records, taking->agent.agent, watch, &record);
}

static int take_row(const struct taking *taking, const struct envelope_watches_row *row)
{
    return row->report_row == REPORT_ROW_TREND || !is_its(taking, row->watch) ? 0 : take_level(taking, row);
}

/* The report says how all of the agent's watches are: those it does not name are over. */
static int end_others(const struct taking *taking, int64_t before_ms)
{
    struct records *records = taking->scheduler->records;
    struct watch_record record;
    while (watch_records_stale(records, taking->agent.agent, before_ms, &record)) {
        if (watch_tell_ended(taking->scheduler, &taking->agent, &record, taking->now_ms))
            return -1;
        watch_records_drop(records, taking->agent.agent, record.watch);
        watch_trend_remove(taking->agent.agent, record.watch);
    }
    return 0;
}

/* Two reports within a millisecond must not look like one. */
static int64_t later_than_all(struct scheduler *scheduler, uint32_t agent, int64_t now_ms)
{
    int64_t last_ms = records_number(
        records_query(scheduler->records, "SELECT max(reported_ms) FROM watch WHERE agent = ?", "i", (int64_t)agent));
    return now_ms > last_ms ? now_ms : last_ms + 1;
}

int watch_report_take(
    struct scheduler *scheduler, uint32_t agent, const struct envelope_watches *report, struct problem *problem)
{
    struct taking taking = { .scheduler = scheduler };
    if (!agents_get(scheduler->records, agent, &taking.agent))
        return 0; /* retired meanwhile */
    list_names(&taking, report);
    taking.now_ms = later_than_all(scheduler, agent, clock_wall_ms());
    int error = 0;
    for (size_t i = 0; i < report->n_rows && !error; i++)
        error = take_row(&taking, &report->rows[i]);
    if (error || end_others(&taking, taking.now_ms))
        return problem_set(problem, "later", "", "the log takes no entries now");
    watch_trend_take(scheduler, agent, report, taking.now_ms);
    return 0;
}

void watch_report_forget(struct scheduler *scheduler, uint32_t agent)
{
    struct watch_record record;
    while (watch_records_stale(scheduler->records, agent, INT64_MAX, &record)) {
        watch_records_drop(scheduler->records, agent, record.watch);
        watch_trend_remove(agent, record.watch);
    }
}
