#include "cli/prune/telling.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define DEADLINE_MS 15000
#define REASON_BYTES 201 /* as in fields.def */

static void nothing(void *arg, const void *reply)
{
    (void)arg, (void)reply;
}

static json_t *fields_of(
    const struct prune_telling *telling, uint32_t agent, const char *stopped_by, const char *reason)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, telling->now_s * 1000);
    json_t *fields = json_pack("{s:I s:s}", "agent", (json_int_t)agent, "time", time);
    if (!message_put(fields, "backup_target", telling->target) && !message_put(fields, "stopped_by", stopped_by) &&
        !message_put(fields, "reason", reason))
        return fields;
    json_decref(fields);
    return NULL;
}

static enum outcome send(const struct prune_telling *telling, json_t *fields, struct problem *problem)
{
    if (!fields) {
        problem_set(problem, "no-memory", "", "no memory for a report");
        return OUTCOME_REFUSED;
    }
    enum outcome outcome = ask(telling->cli, CALL_PRUNE_REPORT, fields, DEADLINE_MS, nothing, NULL, problem);
    json_decref(fields);
    /* Of a machine that was retired backups stay, and the server does not want to know. */
    return outcome == OUTCOME_REFUSED && !strcmp(problem->code, "not-found") ? OUTCOME_OK : outcome;
}

/* Those that are there; by one line of the rules all of a machine's are. */
static int add_held(json_t *fields, const struct prune_report *report)
{
    const struct catalogue *catalogue = report->catalogue;
    struct buf held = { 0 };
    int error = 0;
    if (prune_rules_mark(report->rules, PRUNE_HOLD, catalogue->agent, ""))
        return json_object_set_new(fields, "all_held", json_true());
    for (size_t i = 0; i < catalogue->n_backups && !error; i++) {
        if (catalogue->backups[i].held)
            error = buf_format(&held, "%s%s", held.length ? " " : "", catalogue->backups[i].backup);
    }
    if (!error && held.length)
        error = json_object_set_new(fields, "held_backups", json_stringn(held.data, held.length));
    buf_free(&held);
    return error;
}

static const char *stop_of(const struct prune_report *report, char reason[REASON_BYTES])
{
    const struct prune_plan *plan = report->plan;
    const struct catalogue *catalogue = report->catalogue;
    if (!report->stopped)
        return NULL;
    switch (plan->stop) {
    case PRUNE_STOP_DOUBT:
        snprintf(reason, REASON_BYTES, "backup %s is much %s", catalogue->backups[plan->doubtful].backup,
            plan->verdicts[plan->doubtful].weight == RETENTION_SMALL ? "smaller than the full before it" : "changed");
        return stopped_by_words[STOPPED_BY_DOUBT];
    case PRUNE_STOP_MANY:
        snprintf(reason, REASON_BYTES, "%zu of %zu backups would go at once", plan->n_deleted, catalogue->n_backups);
        return stopped_by_words[STOPPED_BY_MANY];
    default:
        snprintf(reason, REASON_BYTES, "%" PRIu64 " of %" PRIu64 " bytes would go as garbage at once",
            plan->garbage_bytes, catalogue->stored_bytes);
        return stopped_by_words[STOPPED_BY_MUCH];
    }
}

enum outcome prune_tell(
    const struct prune_telling *telling, const struct prune_report *report, struct problem *problem)
{
    char reason[REASON_BYTES];
    const char *stopped_by = stop_of(report, reason);
    json_t *fields = fields_of(telling, report->catalogue->agent, stopped_by, stopped_by ? reason : NULL);
    if (fields && add_held(fields, report)) {
        json_decref(fields);
        fields = NULL;
    }
    return send(telling, fields, problem);
}

enum outcome prune_tell_clock(
    const struct prune_telling *telling, uint32_t agent, const char *reason, struct problem *problem)
{
    return send(telling, fields_of(telling, agent, stopped_by_words[STOPPED_BY_CLOCK], reason), problem);
}
