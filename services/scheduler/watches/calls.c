/* watch.list and watch.trend. */
#include <math.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/copies.h"
#include "lib/problem.h"
#include "lib/trend.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/watches/records.h"
#include "services/scheduler/watches/report.h"

#define LISTED 10000 /* of a fleet of any size: those that are not well come first */
#define DAY_S 86400

static void refuse_memory(struct bus_request *request)
{
    struct problem problem;
    problem_set(&problem, "no-memory", "", "no memory");
    bus_refuse(request, &problem);
}

struct listed {
    struct copies copies;
    struct call_watch_list_reply_row *rows;
    size_t n;
};

static void list_watch(void *arg, const struct watch_record *watch, const char *tenant)
{
    struct listed *listed = arg;
    listed->rows[listed->n++] = (struct call_watch_list_reply_row){
        .agent = watch->agent,
        .tenant = copies_add(&listed->copies, tenant),
        .watch = copies_add(&listed->copies, watch->watch),
        .watch_kind = watch->kind,
        .level = watch->level,
        .since = watch->since_ms,
        .held = watch->held,
        .has_value = watch->has_value,
        .value = watch->value,
        .reason = *watch->reason ? copies_add(&listed->copies, watch->reason) : NULL,
        .document = *watch->document ? copies_add(&listed->copies, watch->document) : NULL,
        .reported_at = watch->reported_ms,
    };
}

void serve_watch_list(struct bus_request *request, const struct call_watch_list *in)
{
    struct listed listed = { .rows = calloc(LISTED, sizeof(*listed.rows)) };
    if (!listed.rows) {
        refuse_memory(request);
        return;
    }
    watch_records_list(scheduler_of(request)->records, in->has_agent ? in->agent : 0, in->tenant,
        in->has_level ? in->level : -1, LISTED, list_watch, &listed);
    const struct call_watch_list_reply reply = { listed.n, listed.rows };
    answer_watch_list(request, &reply);
    free(listed.rows);
    copies_free(&listed.copies);
}

static uint64_t thousandths(double value)
{
    return isnan(value) || value < 0 ? 0 : (uint64_t)(value * 1000 + 0.5);
}

static void answer_trend(struct bus_request *request, const struct trend *trend, int64_t to_s)
{
    struct call_watch_trend_reply_row *rows = calloc(trend->n + 1, sizeof(*rows));
    size_t used = 0;
    if (!rows) {
        refuse_memory(request);
        return;
    }
    for (; used < trend->n && trend->points[used].from_s < to_s; used++) {
        const struct trend_point *point = &trend->points[used];
        bool known = !isnan(point->mean);
        rows[used] = (struct call_watch_trend_reply_row){
            .time = point->from_s * 1000,
            .has_lowest = known,
            .lowest = thousandths(point->lowest),
            .has_mean = known,
            .mean = thousandths(point->mean),
            .has_highest = known,
            .highest = thousandths(point->highest),
        };
    }
    answer_watch_trend(
        request, &(struct call_watch_trend_reply){ .bucket_s = trend->step_s, .n_rows = used, .rows = rows });
    free(rows);
}

void serve_watch_trend(struct bus_request *request, const struct call_watch_trend *in)
{
    char path[TREND_PATH_BYTES];
    struct trend trend;
    struct problem problem;
    int64_t now_s = clock_wall_ms() / 1000;
    int64_t to_s = in->has_to && in->to / 1000 < now_s ? in->to / 1000 : now_s;
    int64_t from_s = in->has_from ? in->from / 1000 : to_s - DAY_S;
    if (from_s < now_s - TREND_KEPT_S)
        from_s = now_s - TREND_KEPT_S;
    if (from_s > to_s)
        from_s = to_s;
    watch_trend_path(in->agent, in->watch, path);
    if (trend_read(path, from_s, to_s, now_s, &trend, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    answer_trend(request, &trend, to_s);
    free(trend.points);
}
