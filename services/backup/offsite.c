#include "services/backup/offsite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/repository/server_sets.h"
#include "services/backup/backup.h"

#define LATE_MS 60000    /* beyond, people are told */
#define CURRENT_MS 10000 /* below, it is over: so that one which is about a minute behind is told once */
#define STATUS_BYTES_MAX 65536
#define NOBODY "all" /* the place of which nothing is known */

static struct offsite_target *find(struct offsite *offsite, const char *name)
{
    size_t i = 0;
    while (i < offsite->n && strcmp(offsite->all[i].name, name))
        i++;
    if (i == OFFSITE_TARGETS_MAX)
        return NULL;
    if (i == offsite->n) {
        offsite->all[offsite->n++] = (struct offsite_target){ 0 };
        snprintf(offsite->all[i].name, sizeof(offsite->all[i].name), "%s", name);
    }
    return &offsite->all[i];
}

/* After a start of all, copies are behind by as long as nothing ran: what is late then is told when it stays. */
static bool is_late(
    const struct offsite *offsite, const struct offsite_target *target, int64_t behind_ms, int64_t now_ms)
{
    return target->late ? behind_ms > CURRENT_MS : behind_ms > LATE_MS && now_ms - offsite->since_ms > LATE_MS;
}

static void judge_one(
    struct offsite *offsite, const char *name, int64_t behind_ms, const char *reason, int64_t now_ms, bool *ret_changed)
{
    struct offsite_target *target = find(offsite, name);
    if (!target)
        return;
    bool late = is_late(offsite, target, behind_ms, now_ms);
    ret_changed[target - offsite->all] = late != target->late;
    target->late = late;
    target->behind_ms = behind_ms;
    snprintf(target->reason, sizeof(target->reason), "%s", *reason ? reason : "more is copied than gets there");
}

/* "elsewhere 1200 3 4711 what is wrong" */
static void judge_line(struct offsite *offsite, const char *line, int64_t now_ms, bool *ret_changed)
{
    char name[OFFSITE_NAME_BYTES];
    int64_t behind_ms;
    int reason = 0;
    if (sscanf(line, "%63s %" SCNd64 " %*u %*u %n", name, &behind_ms, &reason) == 2 && reason)
        judge_one(offsite, name, behind_ms, line + reason, now_ms, ret_changed);
}

void offsite_judge(struct offsite *offsite, const char *text, int64_t now_ms, bool ret_changed[OFFSITE_TARGETS_MAX])
{
    char line[512];
    int64_t time_ms = text ? strtoll(text, NULL, 10) : 0;
    memset(ret_changed, 0, OFFSITE_TARGETS_MAX * sizeof(*ret_changed));
    if (time_ms < offsite->since_ms)
        time_ms = offsite->since_ms;
    judge_one(offsite, NOBODY, now_ms - time_ms, "vedette-ship says nothing", now_ms, ret_changed);
    for (const char *at = text ? strchr(text, '\n') : NULL; at && at[1]; at = strchr(at + 1, '\n')) {
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
        judge_line(offsite, line, now_ms, ret_changed);
    }
}

const struct offsite_target *offsite_late(const struct offsite *offsite)
{
    for (size_t i = 0; i < offsite->n; i++) {
        if (offsite->all[i].late)
            return &offsite->all[i];
    }
    return NULL;
}

static void tell(struct bus *bus, const struct offsite_target *target)
{
    const struct event_about about = { 0 };
    const struct event_copies_late late = {
        .copy_place = target->name, .behind_s = (uint64_t)(target->behind_ms / 1000), .reason = target->reason
    };
    const struct event_copies_current current = { .copy_place = target->name };
    if (target->late)
        emit_copies_late(bus, &about, &late, NULL, NULL);
    else
        emit_copies_current(bus, &about, &current, NULL, NULL);
}

void offsite_start(struct backup *backup)
{
    backup->offsite.wanted = *backup->program.settings.offsite.targets;
    backup->offsite.since_ms = clock_wall_ms();
}

void offsite_tick(struct backup *backup)
{
    struct offsite *offsite = &backup->offsite;
    bool changed[OFFSITE_TARGETS_MAX];
    char *text = NULL;
    size_t bytes;
    if (!offsite->wanted)
        return;
    (void)file_read(SERVER_COPIES_STATUS, STATUS_BYTES_MAX, &text, &bytes, NULL);
    offsite_judge(offsite, text, clock_wall_ms(), changed);
    free(text);
    for (size_t i = 0; i < offsite->n; i++) {
        if (changed[i])
            tell(backup->program.bus, &offsite->all[i]);
    }
}
