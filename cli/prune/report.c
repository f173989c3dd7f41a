#include "cli/prune/report.h"

#include <inttypes.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/problem.h"

static const char *const step_words[] = {
    [RETENTION_KEEP] = "keep",
    [RETENTION_CONDEMN] = "condemn",
    [RETENTION_WAIT] = "wait",
    [RETENTION_DELETE] = "delete",
};

int prune_reason_text(const struct retention_backup *all, const struct retention_verdict *verdict, struct buf *ret)
{
    char until[RFC3339_BYTES];
    clock_rfc3339(until, verdict->ends_s * 1000);
    switch (verdict->why) {
    case RETENTION_DATE:
        return buf_format(ret, "its last date ends %.16sZ", until);
    case RETENTION_HOLD:
        return buf_text(ret, "held by the rules");
    case RETENTION_BASE:
        return buf_format(ret, "needed by %.8s", all[verdict->needed_by].backup);
    case RETENTION_FULLS:
        return buf_text(ret, "one of the newest verified fulls");
    case RETENTION_CLASS:
        return buf_text(ret, "the last verified one of its class");
    default:
        return buf_format(ret, "its last date ended %.16sZ, and nothing else keeps it", until);
    }
}

/* When a condemned one may go. */
static int64_t goes_s(const struct prune_report *report, size_t i)
{
    int64_t condemned_s =
        report->plan->steps[i] == RETENTION_CONDEMN ? report->now_s : report->catalogue->backups[i].condemned_s;
    return condemned_s + (int64_t)report->rules->retention.condemned_h * 3600;
}

static int backup_text(const struct prune_report *report, size_t i, struct buf *ret)
{
    const struct retention_backup *backup = &report->catalogue->backups[i];
    char slot[DATE_BYTES], goes[RFC3339_BYTES];
    civil_text(backup->slot, slot);
    clock_rfc3339(goes, goes_s(report, i) * 1000);
    if (buf_format(ret, "  %-8s %s %-12s %s: ", step_words[report->plan->steps[i]], backup->backup,
            backup_class_words[backup->class], slot) ||
        prune_reason_text(report->catalogue->backups, &report->plan->verdicts[i], ret))
        return -1;
    return report->plan->steps[i] == RETENTION_DELETE ? buf_text(ret, "\n") : buf_format(ret, "; goes %.16sZ\n", goes);
}

struct tally {
    size_t condemned, waiting, deleted;
};

static struct tally tally_objects(const struct prune_report *report)
{
    struct tally tally = { 0 };
    for (size_t i = 0; i < report->catalogue->n_objects; i++) {
        tally.condemned += report->plan->objects[i] == RETENTION_CONDEMN;
        tally.waiting += report->plan->objects[i] == RETENTION_WAIT;
        tally.deleted += report->plan->objects[i] == RETENTION_DELETE;
    }
    return tally;
}

static int stop_text(const struct prune_report *report, struct buf *ret)
{
    const struct prune_plan *plan = report->plan;
    const struct retention_backup *backup = &report->catalogue->backups[plan->doubtful];
    uint32_t agent = report->catalogue->agent;
    switch (plan->stop) {
    case PRUNE_STOP_DOUBT:
        return buf_format(ret,
            "  STOPPED: backup %s is %s. Look at it; then write `accept = %" PRIu32
            "/%s` into the rules, or `distrust`\n",
            backup->backup,
            plan->verdicts[plan->doubtful].weight == RETENTION_SMALL ? "much smaller than the full before it"
                                                                     : "much changed against the one before it",
            agent, backup->backup);
    case PRUNE_STOP_MANY:
        return buf_format(ret, "  STOPPED: %zu of %zu backups would go at once. If that is right: --confirm %s\n",
            plan->n_deleted, report->catalogue->n_backups, plan->confirm);
    case PRUNE_STOP_MUCH:
        return buf_format(ret,
            "  STOPPED: %" PRIu64 " of %" PRIu64 " bytes would go as garbage at once. If that is right: --confirm %s\n",
            plan->garbage_bytes, report->catalogue->stored_bytes, plan->confirm);
    default:
        return 0;
    }
}

static int unread_text(const struct prune_report *report, struct buf *ret)
{
    for (size_t i = 0; i < report->catalogue->n_unread; i++) {
        const char *backup = report->catalogue->unread[i].backup;
        if (buf_format(ret,
                "  UNREAD commit %s: no garbage goes while it is there; `discard = %" PRIu32 "/%s` ends that\n", backup,
                report->catalogue->agent, backup))
            return -1;
    }
    return 0;
}

int prune_report_text(const struct prune_report *report, struct buf *ret)
{
    const struct catalogue *catalogue = report->catalogue;
    struct tally objects = tally_objects(report);
    if (buf_format(ret, "agent %" PRIu32 ": %zu backups, %zu objects, %" PRIu64 " bytes\n", catalogue->agent,
            catalogue->n_backups, catalogue->n_objects, catalogue->stored_bytes))
        return -1;
    for (size_t i = 0; i < catalogue->n_backups; i++) {
        if (report->plan->steps[i] != RETENTION_KEEP && backup_text(report, i, ret))
            return -1;
    }
    if (objects.condemned + objects.waiting + objects.deleted &&
        buf_format(ret, "  segments and manifests: %zu condemned, %zu wait, %zu to delete (%" PRIu64 " bytes)\n",
            objects.condemned, objects.waiting, objects.deleted, report->plan->deleted_bytes))
        return -1;
    if (unread_text(report, ret) || stop_text(report, ret))
        return -1;
    if (report->problem)
        return buf_format(ret, "  FAILED after %zu objects: %s\n", report->removed, report->problem->reason);
    return report->dry ? buf_text(ret, "  nothing was deleted: --dry-run\n")
                       : buf_format(ret, "  deleted %zu objects\n", report->removed);
}

static int backup_json(const struct prune_report *report, size_t i, const char *before, struct buf *ret)
{
    const struct retention_backup *backup = &report->catalogue->backups[i];
    const struct retention_verdict *verdict = &report->plan->verdicts[i];
    char slot[DATE_BYTES], ends[RFC3339_BYTES], goes[RFC3339_BYTES];
    civil_text(backup->slot, slot);
    clock_rfc3339(ends, verdict->ends_s * 1000);
    clock_rfc3339(goes, goes_s(report, i) * 1000);
    return buf_format(ret,
        "%s{\"backup\":\"%s\",\"class\":\"%s\",\"slot\":\"%s\",\"step\":\"%s\",\"why\":\"%s\",\"weight\":\"%s\","
        "\"ends\":\"%s\","
        "\"goes\":\"%s\"}",
        before, backup->backup, backup_class_words[backup->class], slot, step_words[report->plan->steps[i]],
        retention_why_words[verdict->why], retention_weight_words[verdict->weight], ends, goes);
}

static int problem_json(const struct problem *problem, struct buf *ret)
{
    if (!problem)
        return buf_text(ret, "null");
    return buf_format(ret, "{\"code\":\"%s\",\"reason\":", problem->code) ||
                   buf_json_string(ret, problem->reason, strlen(problem->reason)) || buf_text(ret, "}")
               ? -1
               : 0;
}

int prune_report_json(const struct prune_report *report, struct buf *ret)
{
    const struct catalogue *catalogue = report->catalogue;
    const struct prune_plan *plan = report->plan;
    struct tally objects = tally_objects(report);
    const char *separator = "";
    if (buf_format(ret,
            "{\"agent\":%" PRIu32 ",\"backups\":%zu,\"objects\":%zu,\"stored_bytes\":%" PRIu64
            ",\"condemned_objects\":%zu,"
            "\"waiting_objects\":%zu,\"deleted_objects\":%zu,\"deleted_bytes\":%" PRIu64
            ",\"unread\":%zu,\"dry_run\":%s,"
            "\"stop\":\"%s\",\"stopped\":%s,\"doubtful\":\"%s\",\"confirm\":\"%s\",\"removed\":%zu,\"steps\":[",
            catalogue->agent, catalogue->n_backups, catalogue->n_objects, catalogue->stored_bytes, objects.condemned,
            objects.waiting, objects.deleted, plan->deleted_bytes, catalogue->n_unread, report->dry ? "true" : "false",
            prune_stop_words[plan->stop], report->stopped ? "true" : "false",
            plan->stop == PRUNE_STOP_DOUBT ? catalogue->backups[plan->doubtful].backup : "", plan->confirm,
            report->removed))
        return -1;
    for (size_t i = 0; i < catalogue->n_backups; i++) {
        if (plan->steps[i] == RETENTION_KEEP)
            continue;
        if (backup_json(report, i, separator, ret))
            return -1;
        separator = ",";
    }
    return buf_text(ret, "],\"problem\":") || problem_json(report->problem, ret) || buf_text(ret, "}") ? -1 : 0;
}
