#include "agent/hours.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY_MINUTES (24 * 60)

static const char names[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

/* Each take_… moves *at behind what it took; -1: it is not there. */
static int take_weekday(const char **at)
{
    for (int i = 0; i < 7; i++) {
        if (!strncasecmp(*at, names[i], 3)) {
            *at += 3;
            return i;
        }
    }
    return -1;
}

/* Days and ranges of them, which may go over Sunday, with blanks between. */
static int take_weekdays(const char **at, uint8_t *ret)
{
    uint8_t weekdays = 0;
    while (isalpha((unsigned char)**at)) {
        int first = take_weekday(at), last = first;
        if (first >= 0 && !strncmp(*at, "..", 2)) {
            *at += 2;
            last = take_weekday(at);
        }
        if (first < 0 || last < 0 || (**at && **at != ' '))
            return -1;
        for (int day = first; weekdays |= (uint8_t)(1 << day), day != last; day = (day + 1) % 7)
            continue;
        *at += strspn(*at, " ");
    }
    *ret = weekdays ? weekdays : 0x7f;
    return 0;
}

/* hh:mm, 24:00 included. */
static int take_time(const char **at, int *ret)
{
    const char *text = *at;
    for (int i = 0; i < 5; i++) {
        if (i == 2 ? text[i] != ':' : !isdigit((unsigned char)text[i]))
            return -1;
    }
    int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    if (minute > 59 || hour * 60 + minute > DAY_MINUTES)
        return -1;
    *at += 5;
    *ret = hour * 60 + minute;
    return 0;
}

static int take_range(const char **at, struct hours_range *ret)
{
    *at += strspn(*at, " ");
    if (take_weekdays(at, &ret->weekdays) || take_time(at, &ret->begins) || *(*at)++ != '-' ||
        take_time(at, &ret->ends) || ret->begins == ret->ends || ret->begins == DAY_MINUTES)
        return -1;
    *at += strspn(*at, " ");
    return 0;
}

int hours_parse(const char *text, struct hours *ret)
{
    struct hours hours = { 0 };
    if (!strcmp(text, "always")) {
        *ret = hours;
        return 0;
    }
    do {
        if (hours.count == HOURS_RANGES || take_range(&text, &hours.ranges[hours.count++]))
            return -1;
    } while (*text == ',' && *text++);
    if (*text)
        return -1;
    *ret = hours;
    return 0;
}

static int format_range(const struct hours_range *range, char *ret, size_t room)
{
    int length = 0;
    for (int day = 0; day < 7 && range->weekdays != 0x7f && length < (int)room; day++) {
        if (range->weekdays >> day & 1)
            length += snprintf(ret + length, room - (size_t)length, "%s ", names[day]);
    }
    if (length < (int)room)
        length += snprintf(ret + length, room - (size_t)length, "%02d:%02d-%02d:%02d", range->begins / 60,
            range->begins % 60, range->ends / 60, range->ends % 60);
    return length;
}

void hours_format(const struct hours *hours, char *ret, size_t room)
{
    int length = snprintf(ret, room, "%s", hours->count ? "" : "always");
    for (unsigned i = 0; i < hours->count && length + 2 < (int)room; i++) {
        length += snprintf(ret + length, room - (size_t)length, "%s", i ? ", " : "");
        length += format_range(&hours->ranges[i], ret + length, room - (size_t)length);
    }
}

static bool range_holds(const struct hours_range *range, int minute)
{
    int day = minute / DAY_MINUTES, of_day = minute % DAY_MINUTES, yesterday = (day + 6) % 7;
    bool over_night = range->ends <= range->begins;
    bool today = range->weekdays >> day & 1 && of_day >= range->begins && (over_night || of_day < range->ends);
    return today || (over_night && range->weekdays >> yesterday & 1 && of_day < range->ends);
}

bool hours_open(const struct hours *hours, int minute)
{
    bool open = hours->count == 0;
    for (unsigned i = 0; i < hours->count; i++)
        open = open || range_holds(&hours->ranges[i], minute);
    return open;
}

int hours_wait(const struct hours *hours, int minute)
{
    for (int wait = 0; wait < WEEK_MINUTES; wait++) {
        if (hours_open(hours, (minute + wait) % WEEK_MINUTES))
            return wait;
    }
    return -1;
}
