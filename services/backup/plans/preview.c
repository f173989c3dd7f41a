#include "services/backup/plans/preview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/retention_trust.h"

struct making {
    struct retention_backup *all;
    const char **documents; /* beside each: of a planned one its plan */
    size_t n, room;
};

void preview_free(struct preview *preview)
{
    free(preview->rows);
    free(preview->backups);
    *preview = (struct preview){ 0 };
}

static bool is_full_of_files(const struct retention_backup *backup)
{
    return retention_set_of(backup->class) == RETENTION_SET_FILES && retention_is_full(backup);
}

static bool week_has(const struct making *making, int64_t slot)
{
    for (size_t i = 0; i < making->n; i++) {
        if (making->all[i].class == BACKUP_CLASS_WEEKLY && retention_week(making->all[i].slot) == retention_week(slot))
            return true;
    }
    return false;
}

static const struct retention_backup *newest_full(const struct making *making)
{
    const struct retention_backup *found = NULL;
    for (size_t i = 0; i < making->n; i++) {
        const struct retention_backup *one = &making->all[i];
        if (is_full_of_files(one) && (!found || one->stored_s > found->stored_s))
            found = one;
    }
    return found;
}

/* As large as the newest full: what is to come is expected to be like what was. Its name stands behind all random ones,
 * so that all stay in order. */
static void add_planned(
    struct making *making, const struct plan *plan, const struct turn *turn, enum backup_class class)
{
    const struct retention_backup *full = newest_full(making);
    struct retention_backup *one = &making->all[making->n];
    *one = (struct retention_backup){
        .class = class,
        .slot = turn->slot,
        .kept_until = retention_kept_until(&retention_rules.spans[class], turn->slot),
        .zone = plan->table.zone,
        .verified = true,
        .stored_s = turn->order_ms / 1000,
        .content_bytes = full ? full->content_bytes : 1,
        .live_bytes = full ? full->live_bytes : 1,
        .files = full ? full->files : 1,
    };
    if (class == BACKUP_CLASS_DIFFERENTIAL && full)
        memcpy(one->base, full->backup, sizeof(one->base));
    snprintf(one->backup, sizeof(one->backup), "ffffffffffffffff%016zx", making->n);
    making->documents[making->n++] = plan->body->head.document;
}

/* The plan whose turn comes first among those that have one by then. */
static const struct preview_plan *next_turn(
    struct preview_plan *plans, size_t n_plans, int64_t as_of_ms, struct turn *ret)
{
    struct preview_plan *first = NULL;
    struct turn turn;
    for (size_t i = 0; i < n_plans; i++) {
        if (!timetable_next(&plans[i].plan->table, plans[i].late_ms, plans[i].dealt_ms, &turn) ||
            turn.order_ms > as_of_ms || turn.due_ms >= plans[i].plan->body->head.expires)
            continue;
        if (!first || turn.order_ms < ret->order_ms) {
            first = &plans[i];
            *ret = turn;
        }
    }
    if (first)
        first->dealt_ms = ret->due_ms;
    return first;
}

static int add_all_planned(struct making *making, const struct preview_plan *given, size_t n_plans, int64_t as_of_ms)
{
    struct preview_plan *plans = calloc(n_plans + 1, sizeof(*plans));
    const struct preview_plan *next;
    struct turn turn;
    if (!plans)
        return -1;
    if (n_plans)
        memcpy(plans, given, n_plans * sizeof(*plans));
    for (unsigned i = 0; i < PREVIEW_PLANNED_MAX && (next = next_turn(plans, n_plans, as_of_ms, &turn)); i++) {
        int class =
            timetable_class(&next->plan->table, &turn, week_has(making, turn.slot), newest_full(making) != NULL);
        if (class >= 0)
            add_planned(making, next->plan, &turn, (enum backup_class) class);
    }
    free(plans);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct preview_row *one = a, *other = b;
    if (one->backup->slot != other->backup->slot)
        return one->backup->slot < other->backup->slot ? -1 : 1;
    return strcmp(one->backup->backup, other->backup->backup);
}

static void fill_row(const struct making *making, size_t i, const struct retention_verdict *verdict, int64_t now_ms,
    int64_t as_of_ms, struct preview_row *ret)
{
    int64_t from_ms = verdict->ends_s * 1000 > now_ms ? verdict->ends_s * 1000 : now_ms;
    bool due = verdict->why == RETENTION_DUE;
    *ret = (struct preview_row){
        .backup = &making->all[i],
        .document = making->documents[i],
        .why = verdict->why,
        .ends_ms = verdict->ends_s * 1000,
        .goes_ms = due ? from_ms + INT64_C(3600000) * retention_rules.condemned_h : 0,
    };
    ret->fate = !due ? FATE_KEPT : ret->goes_ms <= as_of_ms ? FATE_GONE : FATE_CONDEMNED;
}

static int judge(const struct making *making, int64_t now_ms, int64_t as_of_ms, struct preview *ret)
{
    struct retention_verdict *verdicts = calloc(making->n + 1, sizeof(*verdicts));
    struct preview_row *rows = calloc(making->n + 1, sizeof(*rows));
    if (!verdicts || !rows || retention_judge(making->all, making->n, &retention_rules, as_of_ms / 1000, verdicts)) {
        free(verdicts);
        free(rows);
        return -1;
    }
    for (size_t i = 0; i < making->n; i++)
        fill_row(making, i, &verdicts[i], now_ms, as_of_ms, &rows[i]);
    qsort(rows, making->n, sizeof(*rows), compare);
    *ret = (struct preview){ making->n, rows, making->all };
    free(verdicts);
    return 0;
}

int preview_make(const struct retention_backup *all, size_t n, const struct preview_plan *plans, size_t n_plans,
    int64_t now_ms, int64_t as_of_ms, struct preview *ret, struct problem *problem)
{
    struct making making = { .n = n, .room = n + PREVIEW_PLANNED_MAX };
    making.all = calloc(making.room, sizeof(*making.all));
    making.documents = calloc(making.room, sizeof(*making.documents));
    int error = !making.all || !making.documents;
    if (!error) {
        for (size_t i = 0; i < n; i++)
            making.all[i] = all[i];
        error = add_all_planned(&making, plans, n_plans, as_of_ms) || judge(&making, now_ms, as_of_ms, ret);
    }
    free(making.documents);
    if (error)
        free(making.all);
    return error ? problem_set(problem, "no-memory", "", "no memory for a preview") : 0;
}
