#include "services/backup/plans/timetable.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/calendar/civil.h"
#include "lib/calendar/zone.h"
#include "lib/crypto.h"

int timetable_of(
    const struct document_backup_plan *plan, const struct zone *zone, struct timetable *ret, struct problem *problem)
{
    struct timetable table = {
        .zone = zone,
        .window_ms = INT64_C(1000) * (plan->has_window_s ? plan->window_s : TIMETABLE_WINDOW_S),
        .jitter_ms = 1000 * (plan->has_jitter_s ? plan->jitter_s : TIMETABLE_JITTER_S),
    };
    for (size_t i = 0; i < plan->n_classes && i < TIMETABLE_TIMES; i++) {
        struct timetable_time *time = &table.times[table.n++];
        time->class = (enum plan_class)plan->classes[i].class;
        time->anchor = plan->classes[i].has_anchor && plan->classes[i].anchor;
        if (calendar_parse(plan->classes[i].calendar, &time->calendar, problem))
            return -1;
    }
    *ret = table;
    return 0;
}

int64_t timetable_late_ms(const struct timetable *table, const char *document, uint32_t agent)
{
    uint8_t hash[SHA256_BYTES];
    uint32_t number;
    struct buf text = { 0 };
    if (!table->jitter_ms || buf_format(&text, "%s %u", document, agent))
        return 0;
    crypto_sha256(text.data, text.length, hash);
    buf_free(&text);
    memcpy(&number, hash, sizeof(number));
    return number % table->jitter_ms / 1000 * 1000;
}

static int64_t slot_of(const struct zone *zone, int64_t time_s)
{
    struct zone_span span;
    zone_span_at(zone, time_s, &span);
    return civil_day_of(time_s + span.offset_s);
}

bool timetable_next(const struct timetable *table, int64_t late_ms, int64_t after_ms, struct turn *ret)
{
    struct turn turn = { .due_ms = INT64_MAX };
    for (size_t i = 0; i < table->n; i++) {
        int64_t due_ms = calendar_next(&table->times[i].calendar, table->zone, after_ms);
        if (due_ms > turn.due_ms || due_ms == INT64_MAX)
            continue;
        if (due_ms < turn.due_ms)
            turn = (struct turn){ .due_ms = due_ms };
        turn.classes |= 1u << table->times[i].class;
        turn.anchor = turn.anchor || table->times[i].anchor;
    }
    if (turn.due_ms == INT64_MAX)
        return false;
    turn.order_ms = turn.due_ms + late_ms;
    turn.begin_by_ms = turn.order_ms + table->window_ms;
    turn.slot = slot_of(table->zone, turn.due_ms / 1000);
    *ret = turn;
    return true;
}

enum due timetable_due(const struct timetable *table, int64_t late_ms, int64_t dealt_ms, int64_t now_ms,
    struct turn *ret, unsigned *ret_passed)
{
    struct turn turn;
    unsigned found = 0;
    int64_t after_ms = dealt_ms > now_ms - TIMETABLE_BACK_MS ? dealt_ms : now_ms - TIMETABLE_BACK_MS;
    while (timetable_next(table, late_ms, after_ms, &turn) && turn.order_ms <= now_ms) {
        *ret = turn;
        after_ms = turn.due_ms;
        found++;
    }
    if (!found)
        return DUE_NOTHING;
    *ret_passed = found - 1;
    return now_ms < ret->begin_by_ms ? DUE_ORDER : DUE_MISSED;
}

static bool has_weekly(const struct timetable *table)
{
    for (size_t i = 0; i < table->n; i++) {
        if (table->times[i].class == PLAN_CLASS_WEEKLY)
            return true;
    }
    return false;
}

int timetable_class(const struct timetable *table, const struct turn *turn, bool week_has, bool has_base)
{
    bool daily = turn->classes & 1u << PLAN_CLASS_DAILY, weekly = turn->classes & 1u << PLAN_CLASS_WEEKLY;
    bool differential = turn->classes & 1u << PLAN_CLASS_DIFFERENTIAL;
    bool promoted = has_weekly(table) && !week_has;
    if (differential && !daily && !(weekly && promoted) && has_base)
        return BACKUP_CLASS_DIFFERENTIAL;
    if (promoted)
        return BACKUP_CLASS_WEEKLY;
    return daily || differential ? BACKUP_CLASS_DAILY : -1;
}
