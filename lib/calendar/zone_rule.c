#include "lib/calendar/zone_rule.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "lib/calendar/civil.h"

/* Each take_… moves *at behind what it took; -1: it is not there. */
static int take_number(const char **at, int least, int most, int *ret)
{
    int number = 0, digits = 0;
    for (; isdigit((unsigned char)**at) && digits < 4; digits++)
        number = number * 10 + *(*at)++ - '0';
    if (!digits || number < least || number > most)
        return -1;
    *ret = number;
    return 0;
}

/* Letters, or anything of them, digits and signs in <>. What a time is called is nothing to us. */
static int take_name(const char **at)
{
    const char *begin = *at;
    if (**at == '<') {
        const char *end = strchr(*at, '>');
        if (!end)
            return -1;
        *at = end + 1;
        return 0;
    }
    while (isalpha((unsigned char)**at))
        (*at)++;
    return *at - begin < 3 ? -1 : 0;
}

/* [+-]h[:mm[:ss]] */
static int take_time(const char **at, int most_h, int32_t *ret_s)
{
    int hours, minutes = 0, seconds = 0, sign = **at == '-' ? -1 : 1;
    if (**at == '-' || **at == '+')
        (*at)++;
    if (take_number(at, 0, most_h, &hours))
        return -1;
    if (**at == ':' && ((*at)++, take_number(at, 0, 59, &minutes)))
        return -1;
    if (**at == ':' && ((*at)++, take_number(at, 0, 59, &seconds)))
        return -1;
    *ret_s = sign * (hours * 3600 + minutes * 60 + seconds);
    return 0;
}

static int take_weekday(const char **at, struct zone_day *day)
{
    day->form = ZONE_WEEKDAY;
    if (take_number(at, 1, 12, &day->month) || *(*at)++ != '.' || take_number(at, 1, 5, &day->week) ||
        *(*at)++ != '.' || take_number(at, 0, 6, &day->day))
        return -1;
    return 0;
}

static int take_day(const char **at, struct zone_day *ret)
{
    struct zone_day day = { .time_s = 2 * 3600 };
    int error;
    if (**at == 'M') {
        (*at)++;
        error = take_weekday(at, &day);
    } else if (**at == 'J') {
        (*at)++;
        day.form = ZONE_JULIAN;
        error = take_number(at, 1, 365, &day.day);
    } else {
        day.form = ZONE_YEARDAY;
        error = take_number(at, 0, 365, &day.day);
    }
    if (error || (**at == '/' && ((*at)++, take_time(at, 167, &day.time_s))))
        return -1;
    *ret = day;
    return 0;
}

static int take_summer(const char **at, struct zone_rule *rule)
{
    if (take_name(at))
        return -1;
    rule->has_summer = true;
    rule->summer_s = rule->standard_s + 3600;
    if (**at != ',') {
        if (take_time(at, 24, &rule->summer_s))
            return -1;
        rule->summer_s = -rule->summer_s;
    }
    if (*(*at)++ != ',' || take_day(at, &rule->begins) || *(*at)++ != ',')
        return -1;
    return take_day(at, &rule->ends);
}

int zone_rule_parse(const char *text, struct zone_rule *ret)
{
    struct zone_rule rule = { 0 };
    if (take_name(&text) || take_time(&text, 24, &rule.standard_s))
        return -1;
    rule.standard_s = -rule.standard_s; /* POSIX counts westwards */
    if (*text && take_summer(&text, &rule))
        return -1;
    if (*text)
        return -1;
    *ret = rule;
    return 0;
}

static int64_t day_of(const struct zone_day *day, int64_t year)
{
    int64_t first = civil_days((struct civil){ year, 1, 1 });
    if (day->form == ZONE_YEARDAY)
        return first + day->day;
    if (day->form == ZONE_JULIAN)
        return first + day->day - 1 + (day->day >= 60 && civil_is_leap(year));
    int64_t month = civil_days((struct civil){ year, day->month, 1 });
    int sunday_first = (civil_weekday(month) + 1) % 7;
    int date = (day->day - sunday_first + 7) % 7 + 7 * (day->week - 1);
    while (date >= civil_month_days(year, day->month))
        date -= 7;
    return month + date;
}

void zone_rule_year(const struct zone_rule *rule, int64_t year, int64_t *ret_begins_s, int64_t *ret_ends_s)
{
    *ret_begins_s = day_of(&rule->begins, year) * DAY_S + rule->begins.time_s - rule->standard_s;
    *ret_ends_s = day_of(&rule->ends, year) * DAY_S + rule->ends.time_s - rule->summer_s;
}
