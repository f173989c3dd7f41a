#include "services/scheduler/watches/trend.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/log.h"
#include "lib/trend.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/records.h"

#define AHEAD_S 600 /* an agent's clock may be; a value from further on would shut out all before it */
#define POINTS_AT_A_TIME 256

void watch_trend_path(uint32_t agent, const char *watch, char ret[TREND_PATH_BYTES])
{
    snprintf(ret, TREND_PATH_BYTES, TREND_FOLDER "/%" PRIu32 "/%.32s", agent, watch);
}

void watch_trend_remove(uint32_t agent, const char *watch)
{
    char path[TREND_PATH_BYTES], folder[TREND_PATH_BYTES];
    watch_trend_path(agent, watch, path);
    trend_remove(path);
    snprintf(folder, sizeof(folder), TREND_FOLDER "/%" PRIu32, agent);
    rmdir(folder); /* with the last of them */
}

static bool is_point(const struct envelope_watches_row *row, const char *watch, int64_t now_ms)
{
    return row->report_row == REPORT_ROW_TREND && !strcmp(row->watch, watch) && row->has_lowest && row->has_mean &&
           row->has_highest && row->time >= 0 && row->time % (TREND_SLOT_S * 1000) == 0 &&
           row->time / 1000 < now_ms / 1000 + AHEAD_S;
}

static int add(uint32_t agent, const char *watch, uint32_t every_s, const struct trend_point *points, size_t n,
    struct problem *problem)
{
    char path[TREND_PATH_BYTES], folder[TREND_PATH_BYTES];
    if (!n)
        return 0;
    snprintf(folder, sizeof(folder), TREND_FOLDER "/%" PRIu32, agent);
    watch_trend_path(agent, watch, path);
    return dir_make(TREND_FOLDER, 0700, problem) || dir_make(folder, 0700, problem) ||
                   trend_add(path, every_s, points, n, problem)
               ? -1
               : 0;
}

static int take_watch(const struct envelope_watches_row *standing, uint32_t agent,
    const struct envelope_watches *report, int64_t now_ms, struct problem *problem)
{
    struct trend_point points[POINTS_AT_A_TIME];
    size_t n = 0;
    uint32_t every_s = standing->has_every_s ? standing->every_s : TREND_SLOT_S;
    for (size_t i = 0; i < report->n_rows; i++) {
        const struct envelope_watches_row *row = &report->rows[i];
        if (!is_point(row, standing->watch, now_ms))
            continue;
        points[n++] = (struct trend_point){ row->time / 1000, (double)row->lowest / 1000, (double)row->mean / 1000,
            (double)row->highest / 1000 };
        if (n < POINTS_AT_A_TIME)
            continue;
        if (add(agent, standing->watch, every_s, points, n, problem))
            return -1;
        n = 0;
    }
    return add(agent, standing->watch, every_s, points, n, problem);
}

void watch_trend_take(
    struct scheduler *scheduler, uint32_t agent, const struct envelope_watches *report, int64_t now_ms)
{
    struct problem problem;
    struct watch_record record;
    size_t n = 0;
    for (size_t i = 0; i < report->n_rows && n < WATCHES_MAX; i++) {
        const struct envelope_watches_row *row = &report->rows[i];
        if (row->report_row != REPORT_ROW_STANDING)
            continue;
        n++;
        if (watch_records_get(scheduler->records, agent, row->watch, &record) &&
            take_watch(row, agent, report, now_ms, &problem))
            log_problem(LOG_LEVEL_WARNING, "watch.no-trend", &problem);
    }
}
