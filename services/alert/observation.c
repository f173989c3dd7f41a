#include "services/alert/observation.h"

#include <stddef.h>

#include <inttypes.h>
#include <stdio.h>

#include "lib/bus/bus.h"
#include "services/alert/watches.h"

/* The events by which an agent changes its state; each has its own struct. */
static const struct {
    enum event event;
    enum state state;
    size_t agent, since;
} transitions[] = {
    { EVENT_AGENT_ONLINE, STATE_ONLINE, offsetof(struct event_agent_online, agent),
        offsetof(struct event_agent_online, since) },
    { EVENT_AGENT_LATE, STATE_LATE, offsetof(struct event_agent_late, agent),
        offsetof(struct event_agent_late, since) },
    { EVENT_AGENT_OFFLINE, STATE_OFFLINE, offsetof(struct event_agent_offline, agent),
        offsetof(struct event_agent_offline, since) },
    { EVENT_AGENT_GOODBYE, STATE_GOODBYE, offsetof(struct event_agent_goodbye, agent),
        offsetof(struct event_agent_goodbye, since) },
    { EVENT_AGENT_UPDATING, STATE_UPDATING, offsetof(struct event_agent_updating, agent),
        offsetof(struct event_agent_updating, since) },
    { EVENT_AGENT_MAINTENANCE, STATE_MAINTENANCE, offsetof(struct event_agent_maintenance, agent),
        offsetof(struct event_agent_maintenance, since) },
    { EVENT_AGENT_RETIRED, STATE_RETIRED, offsetof(struct event_agent_retired, agent),
        offsetof(struct event_agent_retired, since) },
};

static bool observe_transition(const struct bus_event *event, struct observation *ret)
{
    for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
        if ((int)transitions[i].event != event->event)
            continue;
        ret->what = OBSERVED_STATE;
        ret->state = transitions[i].state;
        ret->agent = *(const uint32_t *)((const char *)event->data + transitions[i].agent);
        ret->time_ms = *(const int64_t *)((const char *)event->data + transitions[i].since);
        /* Of agents that were registered in bulk nothing else says where they belong. */
        if (ret->state == STATE_OFFLINE)
            ret->site = ((const struct event_agent_offline *)event->data)->site;
        return true;
    }
    return false;
}

static void observe_enrolled(const struct event_agent_enrolled *data, struct observation *ret)
{
    ret->what = OBSERVED_ENROLLED;
    ret->agent = data->agent;
    ret->tenant = data->tenant;
    ret->site = data->site;
}

static void observe_site(enum observed what, const char *tenant, const char *site, struct observation *ret)
{
    ret->what = what;
    ret->tenant = tenant;
    ret->site = site;
}

/* "root: 97.3 %", "site: the answer has status 500". */
static void write_text(const char *watch, int kind, bool has_value, uint64_t value, const char *reason, char *ret)
{
    const char *unit = kind >= 0 && kind < WATCH_KIND_COUNT ? watch_rows[kind].unit : NULL;
    if (reason)
        snprintf(ret, OBSERVED_TEXT_BYTES, "%.32s: %.165s", watch, reason);
    else if (has_value)
        snprintf(ret, OBSERVED_TEXT_BYTES, "%.32s: %" PRIu64 ".%" PRIu64 " %s", watch, value / 1000, value % 1000 / 100,
            unit ? unit : "");
    else
        snprintf(ret, OBSERVED_TEXT_BYTES, "%.32s", watch);
}

static void observe_watch(uint32_t agent, const char *watch, enum level level, struct observation *ret)
{
    ret->what = OBSERVED_WATCH;
    ret->agent = agent;
    ret->watch = watch;
    ret->level = level;
}

/* The events of the levels that are not well. */
static bool observe_unwell(const struct bus_event *event, struct observation *ret)
{
    const struct event_watch_warning *warning = event->data;
    const struct event_watch_critical *critical = event->data;
    const struct event_watch_unknown *unknown = event->data;
    if (event->event == EVENT_WATCH_WARNING) {
        observe_watch(warning->agent, warning->watch, LEVEL_WARNING, ret);
        write_text(warning->watch, warning->watch_kind, warning->has_value, warning->value, warning->reason, ret->text);
    } else if (event->event == EVENT_WATCH_CRITICAL) {
        observe_watch(critical->agent, critical->watch, LEVEL_CRITICAL, ret);
        write_text(
            critical->watch, critical->watch_kind, critical->has_value, critical->value, critical->reason, ret->text);
    } else if (event->event == EVENT_WATCH_UNKNOWN) {
        observe_watch(unknown->agent, unknown->watch, LEVEL_UNKNOWN, ret);
        write_text(unknown->watch, unknown->watch_kind, false, 0, unknown->reason, ret->text);
    } else {
        return false;
    }
    return true;
}

/* What agents say, or do not say, of the log and of their runs. */
static bool observe_histories(const struct bus_event *event, struct observation *ret)
{
    if (event->event == EVENT_LOG_FORKED) {
        ret->what = OBSERVED_FORKED;
        ret->agent = ((const struct event_log_forked *)event->data)->agent;
    } else if (event->event == EVENT_LOG_AGREED) {
        ret->what = OBSERVED_AGREED;
        ret->agent = ((const struct event_log_agreed *)event->data)->agent;
    } else if (event->event == EVENT_CHAIN_BROKEN) {
        ret->what = OBSERVED_BROKEN;
        ret->agent = ((const struct event_chain_broken *)event->data)->agent;
    } else {
        return false;
    }
    return true;
}

static void observe_thing(uint32_t agent, const char *sort, const char *name, enum level level, const char *title,
    const char *reason, struct observation *ret)
{
    observe_watch(agent, NULL, level, ret);
    snprintf(ret->name, sizeof(ret->name), "%s%s", sort, name);
    snprintf(ret->text, sizeof(ret->text), "%.60s%s%.138s", title ? title : "", title && reason ? ": " : "",
        reason ? reason : "");
}

/* How the newest backup of a plan is. */
static bool observe_plan(const struct bus_event *event, struct observation *ret)
{
    const struct event_backup_done *done = event->data;
    const struct event_backup_failed *failed = event->data;
    const struct event_backup_refused *refused = event->data;
    const struct event_backup_missed *missed = event->data;
    const struct event_backup_doubtful *doubtful = event->data;
    const struct event_plan_ended *ended = event->data;
    if (event->event == EVENT_BACKUP_DONE && done->document)
        observe_thing(done->agent, WATCHES_PLAN, done->document, LEVEL_OK, NULL, NULL, ret);
    else if (event->event == EVENT_BACKUP_FAILED)
        observe_thing(failed->agent, WATCHES_PLAN, failed->document, LEVEL_CRITICAL, failed->title,
            failed->reason ? failed->reason : failed->code, ret);
    else if (event->event == EVENT_BACKUP_REFUSED)
        observe_thing(refused->agent, WATCHES_PLAN, refused->document, LEVEL_CRITICAL, refused->title,
            refused->reason ? refused->reason : refused->code, ret);
    else if (event->event == EVENT_BACKUP_MISSED)
        observe_thing(missed->agent, WATCHES_PLAN, missed->document, LEVEL_WARNING, missed->title, missed->reason, ret);
    else if (event->event == EVENT_BACKUP_DOUBTFUL)
        observe_thing(doubtful->agent, WATCHES_PLAN, doubtful->document, LEVEL_UNKNOWN, doubtful->title,
            doubtful->reason, ret);
    else if (event->event == EVENT_PLAN_ENDED)
        observe_thing(ended->agent, WATCHES_PLAN, ended->document, LEVEL_OK, NULL, NULL, ret);
    else
        return false;
    return true;
}

/* A look at one target says nothing about another: each has an alert of its own. */
static void observe_looked(uint32_t agent, int proof, const char *target, enum level level, const char *reason,
    struct observation *ret)
{
    char name[OBSERVED_NAME_BYTES - sizeof(WATCHES_PROOF)];
    snprintf(name, sizeof(name), "%s%s%.32s", proof_words[proof], target ? "." : "", target ? target : "");
    observe_thing(agent, WATCHES_PROOF, name, level, NULL, reason, ret);
}

static bool observe_proof(const struct bus_event *event, struct observation *ret)
{
    const struct event_backup_proven *proven = event->data;
    const struct event_backup_unproven *unproven = event->data;
    const struct event_proof_late *late = event->data;
    if (event->event == EVENT_BACKUP_PROVEN)
        observe_looked(proven->agent, proven->proof, proven->backup_target, LEVEL_OK, NULL, ret);
    else if (event->event == EVENT_BACKUP_UNPROVEN)
        observe_looked(
            unproven->agent, unproven->proof, unproven->backup_target, LEVEL_CRITICAL, unproven->reason, ret);
    else if (event->event == EVENT_PROOF_LATE)
        observe_looked(late->agent, late->proof, late->backup_target, LEVEL_WARNING,
            late->proof == PROOF_RESTORE ? "no test restore was told of in time"
                                         : "no verification was told of in time",
            ret);
    else
        return false;
    return true;
}

static bool observe_prune(const struct bus_event *event, struct observation *ret)
{
    const struct event_prune_stopped *stopped = event->data;
    const struct event_prune_resumed *resumed = event->data;
    if (event->event == EVENT_PRUNE_STOPPED)
        observe_thing(stopped->agent, WATCHES_PRUNE, stopped->backup_target ? stopped->backup_target : "",
            LEVEL_CRITICAL, NULL, stopped->reason, ret);
    else if (event->event == EVENT_PRUNE_RESUMED)
        observe_thing(resumed->agent, WATCHES_PRUNE, resumed->backup_target ? resumed->backup_target : "", LEVEL_OK,
            NULL, NULL, ret);
    else
        return false;
    return true;
}

bool observe(const struct bus_event *event, struct observation *ret)
{
    struct observation found = { .tenant = event->tenant, .time_ms = event->time_ms };
    const struct event_site_silent *silent = event->data;
    const struct event_site_returned *returned = event->data;
    const struct event_watch_ok *well = event->data;
    const struct event_watch_ended *ended = event->data;
    switch (event->event) {
    case EVENT_AGENT_ENROLLED:
        observe_enrolled(event->data, &found);
        break;
    case EVENT_AGENT_CLONED:
        found.what = OBSERVED_CLONE;
        found.agent = ((const struct event_agent_cloned *)event->data)->agent;
        break;
    case EVENT_SITE_SILENT:
        observe_site(OBSERVED_SILENT, silent->tenant, silent->site, &found);
        break;
    case EVENT_SITE_RETURNED:
        observe_site(OBSERVED_RETURNED, returned->tenant, returned->site, &found);
        break;
    case EVENT_WATCH_OK:
        observe_watch(well->agent, well->watch, LEVEL_OK, &found);
        break;
    case EVENT_WATCH_ENDED:
        observe_watch(ended->agent, ended->watch, LEVEL_OK, &found);
        break;
    default: /* other types of the class, and those of a newer build, change nothing here */
        if (!observe_transition(event, &found) && !observe_unwell(event, &found) && !observe_histories(event, &found) &&
            !observe_plan(event, &found) && !observe_proof(event, &found) && !observe_prune(event, &found))
            return false;
    }
    *ret = found;
    if (*ret->name)
        ret->watch = ret->name;
    return true;
}
