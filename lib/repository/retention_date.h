/*
 * Dates of retention: until which date a backup is kept, and when that date is over on the wall of its plan's zone.
 * Days are counted since 1970-01-01 (lib/calendar/civil.h).
 */
#ifndef VEDETTE_REPOSITORY_RETENTION_DATE_H
#define VEDETTE_REPOSITORY_RETENTION_DATE_H

#include <stdint.h>

struct zone;

#define RETENTION_DAYS_MAX 3660 /* ten years: who wants longer holds it by name */

/* How long a backup of each class is kept after its slot: so many calendar months, then so many days. */
struct retention_span {
    int months, days;
};

/* The last date. Fixed when the backup is committed: what spans are later does not reach back. */
int64_t retention_kept_until(const struct retention_span *, int64_t slot);

/* The same date so many calendar months on; the month's last day where it has no such day. */
int64_t retention_months_later(int64_t day, int months);

/* Monday of the ISO week: two days are of the same week if it is the same. */
int64_t retention_week(int64_t day);

/*
 * The moment from which the wall shows the date no more, seconds since 1970. Where clocks are put back over midnight a
 * date ends twice: the second end counts. Without a zone it is the end of the date in the last place on Earth to see
 * it.
 */
int64_t retention_date_end_s(int64_t day, const struct zone *);
#endif
