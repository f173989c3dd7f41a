#include "lib/clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define LAST_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static int64_t now_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
    return now_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return now_ms(CLOCK_REALTIME);
}

static void put_digits(char *place, int value, int count)
{
    for (; count--; value /= 10)
        place[count] = (char)('0' + value % 10);
}

/* Three times an event: strftime and snprintf were a tenth of audit's work. */
void clock_rfc3339(char text[RFC3339_BYTES], int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm date;
    gmtime_r(&seconds, &date);
    memcpy(text, "0000-00-00T00:00:00.000Z", RFC3339_BYTES);
    put_digits(text, date.tm_year + 1900, 4);
    put_digits(text + 5, date.tm_mon + 1, 2);
    put_digits(text + 8, date.tm_mday, 2);
    put_digits(text + 11, date.tm_hour, 2);
    put_digits(text + 14, date.tm_min, 2);
    put_digits(text + 17, date.tm_sec, 2);
    put_digits(text + 20, (int)(wall_ms % 1000), 3);
}

/* count digits at *text as a number; advances *text. -1 if they are not there. */
static int digits(const char **text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)(*text)[i]))
            return -1;
        value = value * 10 + (*text)[i] - '0';
    }
    *text += count;
    return value;
}

static bool expect(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

/* ".123456": milliseconds, further digits cut off. -1 if malformed. */
static int fraction_ms(const char **text)
{
    if (!expect(text, '.'))
        return 0;
    int value = 0, count = 0;
    for (; isdigit((unsigned char)**text); (*text)++, count++) {
        if (count < 3)
            value = value * 10 + **text - '0';
    }
    if (count < 1 || count > 9)
        return -1;
    for (; count < 3; count++)
        value *= 10;
    return value;
}

/* "Z", "+01:00": minutes east. -1 day if malformed. */
static int offset_minutes(const char **text)
{
    const int malformed = -24 * 60;
    if (expect(text, 'Z') || expect(text, 'z'))
        return 0;
    int sign = expect(text, '+') ? 1 : expect(text, '-') ? -1 : 0;
    int hours = sign ? digits(text, 2) : -1;
    int minutes = hours >= 0 && expect(text, ':') ? digits(text, 2) : -1;
    return hours > 23 || minutes < 0 || minutes > 59 ? malformed : sign * (hours * 60 + minutes);
}

int clock_parse_rfc3339(const char *text, int64_t *ret_wall_ms)
{
    struct tm date = { 0 };
    int year = digits(&text, 4);
    int month = year >= 1970 && expect(&text, '-') ? digits(&text, 2) : -1;
    int day = month >= 1 && month <= 12 && expect(&text, '-') ? digits(&text, 2) : -1;
    int hour = day >= 1 && (expect(&text, 'T') || expect(&text, 't')) ? digits(&text, 2) : -1;
    int minute = hour >= 0 && hour <= 23 && expect(&text, ':') ? digits(&text, 2) : -1;
    int second = minute >= 0 && minute <= 59 && expect(&text, ':') ? digits(&text, 2) : -1;
    if (second < 0 || second > 59)
        return -1;
    int ms = fraction_ms(&text);
    int east = ms >= 0 ? offset_minutes(&text) : -24 * 60;
    if (east == -24 * 60 || *text)
        return -1;
    date.tm_year = year - 1900;
    date.tm_mon = month - 1;
    date.tm_mday = day;
    date.tm_hour = hour;
    date.tm_min = minute;
    date.tm_sec = second;
    int64_t seconds = timegm(&date);
    if (date.tm_mon != month - 1 || date.tm_mday != day)
        return -1; /* a day that the month does not have */
    int64_t wall_ms = (seconds - east * 60) * 1000 + ms;
    if (wall_ms < 0 || wall_ms > LAST_MS)
        return -1; /* by its offset in 1969 or 10000, which clock_rfc3339 could not write so that it can be read */
    *ret_wall_ms = wall_ms;
    return 0;
}
