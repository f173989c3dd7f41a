#include "lib/repository/retention_date.h"

#include "lib/calendar/civil.h"
#include "lib/calendar/zone.h"

#define OFFSET_MOST_S (26 * 3600) /* no wall is further from UTC: RFC 8536 §3.2 */
#define LAST_PLACE_S (-12 * 3600) /* Baker Island; no zone lies behind it */
#define SPANS_MAX 8               /* of even clocks within two days: no zone has three */

int64_t retention_months_later(int64_t day, int months)
{
    struct civil date = civil_of(day);
    int month = date.month - 1 + months;
    date.year += month / 12;
    date.month = month % 12 + 1;
    int last = civil_month_days(date.year, date.month);
    date.day = date.day < last ? date.day : last;
    return civil_days(date);
}

int64_t retention_kept_until(const struct retention_span *span, int64_t slot)
{
    return retention_months_later(slot, span->months) + span->days;
}

int64_t retention_week(int64_t day)
{
    return day - civil_weekday(day);
}

int64_t retention_date_end_s(int64_t day, const struct zone *zone)
{
    int64_t midnight_s = (day + 1) * DAY_S; /* as the wall shows it */
    if (!zone)
        return midnight_s - LAST_PLACE_S;
    /* Backwards from where no wall shows the date any more, to the last even span that still does. */
    struct zone_span span;
    zone_span_at(zone, midnight_s + OFFSET_MOST_S, &span);
    for (int i = 0; i < SPANS_MAX && span.from_s >= midnight_s - span.offset_s; i++)
        zone_span_at(zone, span.from_s - 1, &span);
    int64_t end_s = midnight_s - span.offset_s;
    return end_s < span.to_s ? end_s : span.to_s;
}
