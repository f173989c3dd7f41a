#include "lib/calendar/civil.h"

#include <stdio.h>
#include <string.h>

/* 400 years, after which everything repeats. */
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

static int64_t floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* Years begin in March here, so that a leap day is the last of its year. */
int64_t civil_days(struct civil date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS;
}

struct civil civil_of(int64_t days)
{
    days += EPOCH_DAYS;
    int64_t era = floor_div(days, ERA_DAYS), of_era = days - era * ERA_DAYS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (int)((5 * of_year + 2) / 153);
    return (struct civil){
        .year = year + era * 400 + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = (int)(of_year - (153 * month + 2) / 5 + 1),
    };
}

int civil_weekday(int64_t days)
{
    int64_t weekday = (days + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int)(weekday < 0 ? weekday + 7 : weekday);
}

bool civil_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_month_days(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && civil_is_leap(year));
}

int civil_parse(const char *text, int64_t *ret_days)
{
    struct civil date = { 0 };
    char again[DATE_BYTES];
    int year;
    if (strlen(text) != DATE_BYTES - 1 || sscanf(text, "%4d-%2d-%2d", &year, &date.month, &date.day) != 3 ||
        year < 1970 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > civil_month_days(year, date.month))
        return -1;
    date.year = year;
    civil_text(civil_days(date), again);
    if (strcmp(again, text))
        return -1;
    *ret_days = civil_days(date);
    return 0;
}

void civil_text(int64_t days, char ret[DATE_BYTES])
{
    struct civil date = civil_of(days);
    snprintf(ret, DATE_BYTES, "%04u-%02u-%02u", (unsigned)date.year % 10000, (unsigned)date.month % 100,
        (unsigned)date.day % 100);
}
