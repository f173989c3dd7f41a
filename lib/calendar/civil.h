/* The Gregorian calendar without any clock: days since 1970-01-01 and dates, in both directions. After Howard Hinnant's
 * "chrono-compatible low-level date algorithms": no tables, no loops, right for all years there will be. */
#ifndef VEDETTE_CIVIL_H
#define VEDETTE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_S 86400

struct civil {
    int64_t year;
    int month, day; /* 1-12, 1-31 */
};

int64_t civil_days(struct civil);
struct civil civil_of(int64_t days);
/* 0 Monday … 6 Sunday. */
int civil_weekday(int64_t days);
bool civil_is_leap(int64_t year);
int civil_month_days(int64_t year, int month);

#define DATE_BYTES 11 /* "2026-11-22", and NUL */
/* A date of the years 1970 to 9999, as days since 1970-01-01. -1: it is none, or not written so. */
int civil_parse(const char *text, int64_t *ret_days);
void civil_text(int64_t days, char ret[DATE_BYTES]);

/* Rounded down, also before 1970. */
static inline int64_t civil_day_of(int64_t seconds)
{
    return seconds / DAY_S - (seconds % DAY_S < 0);
}

#endif
