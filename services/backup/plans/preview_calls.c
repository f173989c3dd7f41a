/* backup.preview */
#include <stdlib.h>

#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/copies.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/snapshots.h"
#include "services/backup/plans/duties.h"
#include "services/backup/plans/preview.h"
#include "services/backup/pruned.h"

_Static_assert((int)RETENTION_CLASS == (int)KEPT_BY_CLASS, "kept_by in fields.def is as in retention.h");

#define AHEAD_MAX_MS (INT64_C(3660) * 86400000)

struct gathering {
    const struct plans *plans;
    struct preview_plan *all;
    size_t n;
    int64_t now_ms;
};

static void gather(void *arg, const struct duty *duty)
{
    struct gathering *gathering = arg;
    const struct plan *plan = plans_find(gathering->plans, duty->document);
    if (!plan || gathering->n == PLANS_MAX)
        return;
    gathering->all[gathering->n++] = (struct preview_plan){
        .plan = plan,
        .late_ms = timetable_late_ms(&plan->table, duty->document, duty->agent),
        .dealt_ms = duty->dealt_ms > gathering->now_ms ? duty->dealt_ms : gathering->now_ms,
    };
}

static void answer(struct bus_request *request, const struct preview *preview, int64_t now_ms)
{
    struct call_backup_preview_reply_row *rows = calloc(preview->n + 1, sizeof(*rows));
    struct copies copies = { 0 };
    struct problem problem;
    char slot[DATE_BYTES], kept_until[DATE_BYTES];
    if (!rows) {
        problem_set(&problem, "no-memory", "", "no memory");
        bus_refuse(request, &problem);
        return;
    }
    for (size_t i = 0; i < preview->n; i++) {
        const struct preview_row *row = &preview->rows[i];
        civil_text(row->backup->slot, slot);
        civil_text(row->backup->kept_until, kept_until);
        rows[i] = (struct call_backup_preview_reply_row){
            .backup = row->document ? NULL : row->backup->backup,
            .document = row->document,
            .backup_class = row->backup->class,
            .slot = copies_add(&copies, slot),
            .planned = row->document,
            .fate = row->fate,
            .kept_by = (int)row->why,
            .kept_until = copies_add(&copies, kept_until),
            .ends_at = row->ends_ms,
            .has_goes_at = row->goes_ms,
            .goes_at = row->goes_ms,
        };
    }
    answer_backup_preview(request, &(struct call_backup_preview_reply){ now_ms, preview->n, rows });
    copies_free(&copies);
    free(rows);
}

static int preview(struct backup *backup, uint32_t agent, int64_t now_ms, int64_t as_of_ms, struct preview *ret,
    struct problem *problem)
{
    struct gathering gathering = {
        .plans = &backup->plans, .all = calloc(PLANS_MAX, sizeof(struct preview_plan)), .now_ms = now_ms
    };
    struct retention_backup *all;
    if (!gathering.all)
        return problem_set(problem, "no-memory", "", "no memory for a preview");
    duties_list(backup->records, NULL, agent, gather, &gathering);
    size_t n = snapshots_retained(backup->records, agent, NULL, &backup->plans.zones, &all);
    pruned_hold(backup->records, agent, all, n);
    int error = preview_make(all, n, gathering.all, gathering.n, now_ms, as_of_ms, ret, problem);
    free(all);
    free(gathering.all);
    return error;
}

void serve_backup_preview(struct bus_request *request, const struct call_backup_preview *in)
{
    int64_t now_ms = clock_wall_ms(), as_of_ms = in->has_as_of ? in->as_of : now_ms;
    struct preview made;
    struct problem problem;
    int error = as_of_ms < now_ms || as_of_ms > now_ms + AHEAD_MAX_MS
                    ? problem_set(&problem, "bad-field", "as_of", "as_of is a time of the next ten years")
                    : preview(backup_of(request), in->agent, now_ms, as_of_ms, &made, &problem);
    if (error) {
        bus_refuse(request, &problem);
        return;
    }
    answer(request, &made, now_ms);
    preview_free(&made);
}
