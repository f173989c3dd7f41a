#include "services/scheduler/watches/tell.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/exchange/agents.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/records.h"

#define SUBJECT_BYTES 24

static struct event_about about_agent(const struct agent_known *agent, int64_t time_ms, char subject[SUBJECT_BYTES])
{
    snprintf(subject, SUBJECT_BYTES, "agent/%" PRIu32, agent->agent);
    return (struct event_about){ .time_ms = time_ms, .tenant = agent->tenant, .subject = subject };
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static int tell_unknown(struct bus *bus, const struct event_about *about, const struct watch_record *watch)
{
    const struct event_watch_unknown data = {
        .agent = watch->agent,
        .watch = watch->watch,
        .watch_kind = watch->kind,
        .since = watch->since_ms,
        .reason = or_null(watch->reason),
    };
    return emit_watch_unknown(bus, about, &data, NULL, NULL);
}

/* Events of levels that a value may have caused: three structs of the same members. */
#define MEASURED(watch)                                                                                                \
    .agent = (watch)->agent, .watch = (watch)->watch, .watch_kind = (int)(watch)->kind, .since = (watch)->since_ms,    \
    .has_value = (watch)->has_value, .value = (watch)->value, .reason = or_null((watch)->reason)

int watch_tell(struct scheduler *scheduler, const struct agent_known *agent, const struct watch_record *watch)
{
    char subject[SUBJECT_BYTES];
    struct bus *bus = scheduler->program.bus;
    const struct event_about about = about_agent(agent, watch->since_ms, subject);
    switch (watch->level) {
    case LEVEL_OK:
        return emit_watch_ok(bus, &about, &(struct event_watch_ok){ MEASURED(watch) }, NULL, NULL);
    case LEVEL_WARNING:
        return emit_watch_warning(bus, &about, &(struct event_watch_warning){ MEASURED(watch) }, NULL, NULL);
    case LEVEL_CRITICAL:
        return emit_watch_critical(bus, &about, &(struct event_watch_critical){ MEASURED(watch) }, NULL, NULL);
    default:
        return tell_unknown(bus, &about, watch);
    }
}

int watch_tell_ended(
    struct scheduler *scheduler, const struct agent_known *agent, const struct watch_record *watch, int64_t time_ms)
{
    char subject[SUBJECT_BYTES];
    const struct event_about about = about_agent(agent, time_ms, subject);
    const struct event_watch_ended data = {
        .agent = watch->agent,
        .watch = watch->watch,
        .watch_kind = watch->kind,
        .since = time_ms,
    };
    return emit_watch_ended(scheduler->program.bus, &about, &data, NULL, NULL);
}
