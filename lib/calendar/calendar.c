#include "lib/calendar/calendar.h"

#include "lib/calendar/civil.h"
#include "lib/calendar/zone.h"

#define EVERY_HOUR 0xffffffu
#define DAYS_AHEAD (40 * 366) /* 29 February on a given weekday comes again within 40 years, also around 2100 */
#define SPANS_MAX 400         /* of even clocks: no zone has ten a year */

static bool day_matches(const struct calendar *calendar, int64_t days)
{
    struct civil date = civil_of(days);
    bool last = calendar->days & 1 && date.day == civil_month_days(date.year, date.month);
    return calendar->weekdays >> civil_weekday(days) & 1 && calendar->months >> date.month & 1 &&
           (last || calendar->days >> date.day & 1);
}

/* The lowest bit from `from` on; -1 if there is none. */
static int bit_from(uint64_t bits, int from)
{
    bits = from < 64 ? bits >> from << from : 0;
    return bits ? __builtin_ctzll(bits) : -1;
}

/* The first second of a day from `from` on, or -1. */
static int time_from(const struct calendar *calendar, int from)
{
    int hour = from / 3600, minute = from / 60 % 60, second = bit_from(calendar->seconds, from % 60);
    if (second < 0)
        minute++;
    int found = bit_from(calendar->hours, hour);
    if (found != hour)
        minute = 0;
    else if (bit_from(calendar->minutes, minute) < 0) {
        found = bit_from(calendar->hours, hour + 1);
        minute = 0;
    }
    if (found < 0)
        return -1;
    bool same = found == hour && minute == from / 60 % 60;
    int next = bit_from(calendar->minutes, minute);
    if (!same || next != minute)
        second = bit_from(calendar->seconds, 0);
    return found * 3600 + next * 60 + second;
}

/* The first time on the wall from wall_s on, as if every day had 24 hours; INT64_MAX: none. */
static int64_t wall_from(const struct calendar *calendar, int64_t wall_s)
{
    int64_t today = civil_day_of(wall_s);
    int from = (int)(wall_s - today * DAY_S);
    for (int64_t day = today; day < today + DAYS_AHEAD; day++, from = 0) {
        int time = day_matches(calendar, day) ? time_from(calendar, from) : -1;
        if (time >= 0)
            return day * DAY_S + time;
    }
    return INT64_MAX;
}

/* From time_s on, within the span of even clocks that holds it. True: *ret is when. False: look on from *ret, the
 * span's end or the end of what it shows a second time. */
static bool due_within(const struct calendar *calendar, const struct zone *zone, int64_t time_s, int64_t *ret)
{
    struct zone_span span, next;
    bool every_hour = calendar->hours == EVERY_HOUR;
    zone_span_at(zone, time_s, &span);
    int64_t wall = wall_from(calendar, time_s + span.offset_s);
    int64_t again_s = span.before_s - span.offset_s; /* so long the wall repeats itself after the span's beginning */
    if (wall == INT64_MAX) {
        *ret = INT64_MAX;
        return true;
    }
    if (wall - span.offset_s < span.to_s) {
        *ret = wall - span.offset_s;
        if (every_hour || again_s <= 0 || *ret - again_s >= span.from_s)
            return true;
        *ret = span.from_s + again_s;
        return false;
    }
    zone_span_at(zone, span.to_s, &next);
    *ret = span.to_s;
    return !every_hour && wall < span.to_s + next.offset_s; /* left out by the wall: due at that moment */
}

int64_t calendar_next(const struct calendar *calendar, const struct zone *zone, int64_t after_ms)
{
    int64_t time_s = after_ms / 1000 - (after_ms % 1000 < 0) + 1;
    for (int i = 0; i < SPANS_MAX; i++) {
        int64_t found;
        if (due_within(calendar, zone, time_s, &found))
            return found == INT64_MAX ? found : found * 1000;
        time_s = found;
    }
    return INT64_MAX;
}
