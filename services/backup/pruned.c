/* And prune.report. */
#include "services/backup/pruned.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/repository/retention.h"
#include "services/backup/backup.h"
#include "services/backup/tell.h"

#define AHEAD_MS (5 * 60000) /* the clock of who reports may be so much before ours */
#define ALL ""               /* in the place of a backup: all of the machine's */

static const char *place_of(const struct call_prune_report *said)
{
    return said->backup_target ? said->backup_target : "";
}

void pruned_hold(struct records *records, uint32_t agent, struct retention_backup *all, size_t n)
{
    struct db_rows *rows = records_query(records, "SELECT backup FROM held WHERE agent = ?", "i", (int64_t)agent);
    while (db_next(rows)) {
        const char *backup = db_text(rows, 0);
        size_t place = retention_find(all, n, backup);
        for (size_t i = 0; i < n && !strcmp(backup, ALL); i++)
            all[i].held = true;
        if (place < n)
            all[place].held = true;
    }
    records_finish(rows);
}

static void hold(struct records *records, const struct call_prune_report *said, const char *backup)
{
    records_run(records, "INSERT OR IGNORE INTO held (agent, target, backup) VALUES (?, ?, ?)", "iss",
        (int64_t)said->agent, place_of(said), backup);
}

static void keep_held(struct records *records, const struct call_prune_report *said)
{
    char backup[BACKUP_BYTES];
    records_run(records, "DELETE FROM held WHERE agent = ? AND target = ?", "is", (int64_t)said->agent, place_of(said));
    if (said->has_all_held && said->all_held)
        hold(records, said, ALL);
    for (const char *at = said->held_backups; at && *at; at += strspn(at, " ")) {
        size_t bytes = strcspn(at, " ");
        if (bytes == BACKUP_BYTES - 1) {
            snprintf(backup, sizeof(backup), "%.*s", (int)bytes, at);
            hold(records, said, backup);
        }
        at += bytes;
    }
}

void pruned_forget(struct records *records, uint32_t agent)
{
    records_run(records, "DELETE FROM held WHERE agent = ?", "i", (int64_t)agent);
    records_run(records, "DELETE FROM pruned WHERE agent = ?", "i", (int64_t)agent);
}

struct before {
    int64_t time_ms; /* 0: nothing was said */
    bool stopped;
};

static struct before look_back(struct records *records, const struct call_prune_report *said)
{
    struct before before = { 0 };
    struct db_rows *rows =
        records_query(records, "SELECT time_ms, stop IS NOT NULL FROM pruned WHERE agent = ? AND target = ?", "is",
            (int64_t)said->agent, place_of(said));
    if (db_next(rows))
        before = (struct before){ db_int(rows, 0), db_int(rows, 1) };
    records_finish(rows);
    return before;
}

static void keep(struct records *records, const struct call_prune_report *said)
{
    records_run(records, "INSERT OR REPLACE INTO pruned (agent, target, time_ms, stop) VALUES (?, ?, ?, ?)", "isis",
        (int64_t)said->agent, place_of(said), said->time,
        said->has_stopped_by ? stopped_by_words[said->stopped_by] : NULL);
}

static int check(
    struct records *records, const struct call_prune_report *said, const struct before *before, struct problem *problem)
{
    struct agent_known agent;
    if (!agents_get(records, said->agent, &agent))
        return problem_set(problem, "not-found", "agent", "there is no agent %u", said->agent);
    if (said->time > clock_wall_ms() + AHEAD_MS)
        return problem_set(problem, "bad-field", "time", "it is not that late yet: look at the clock");
    if (said->time < before->time_ms)
        return problem_set(problem, "outdated", "time", "there is a newer word on that already");
    return 0;
}

static void answer(void *request)
{
    answer_prune_report(request, &(struct call_prune_report_reply){ 0 });
}

void serve_prune_report(struct bus_request *request, const struct call_prune_report *in)
{
    struct backup *backup = backup_of(request);
    struct before before = look_back(backup->records, in);
    struct problem problem;
    int error = check(backup->records, in, &before, &problem);
    if (!error) {
        keep(backup->records, in);
        /* By a clock that is not believed nothing was looked at. */
        if (!in->has_stopped_by || in->stopped_by != STOPPED_BY_CLOCK)
            keep_held(backup->records, in);
        if (in->has_stopped_by || before.stopped)
            tell_pruned(backup, in, bus_request_actor(request));
        error =
            records_then(backup->records, answer, request) ? problem_set(&problem, "no-memory", "", "no memory") : 0;
    }
    if (error)
        bus_refuse(request, &problem);
}
