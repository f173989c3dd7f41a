#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/calendar/calendar.h"
#include "lib/problem.h"

static const char *const weekday_names[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL };
static const char *const weekday_long[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    "Sunday", NULL };

static const struct {
    const char *name, *meaning;
} shorthands[] = {
    { "minutely", "*:*:00" },
    { "hourly", "*:00" },
    { "daily", "*-* 00:00" },
    { "weekly", "Mon 00:00" },
    { "monthly", "*-1 00:00" },
    { "quarterly", "1,4,7,10-1 00:00" },
    { "yearly", "1-1 00:00" },
};

/* What may stand in one place of an expression. */
struct range {
    int least, most;
    const char *const *names, *const *longs; /* NULL: numbers */
};

static int take_name(const char **at, const char *const *names)
{
    size_t length = strspn(*at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    for (int i = 0; names[i]; i++) {
        if (strlen(names[i]) == length && !strncasecmp(names[i], *at, length)) {
            *at += length;
            return i;
        }
    }
    return -1;
}

static int take_value(const char **at, const struct range *range)
{
    int number = 0, digits = 0;
    if (range->names) {
        int found = take_name(at, range->names);
        return found >= 0 ? found : take_name(at, range->longs);
    }
    for (; isdigit((unsigned char)**at) && digits < 4; digits++)
        number = number * 10 + *(*at)++ - '0';
    return digits && number >= range->least && number <= range->most ? number : -1;
}

/* `a`, `a..b`, `a/n`, `a..b/n`, `*`, `*` with a step; -1 if it is none of them. */
static int take_part(const char **at, const struct range *range, uint64_t *bits)
{
    int first = range->least, last = range->most, step = 1;
    bool all = **at == '*';
    if (all)
        (*at)++;
    else if ((first = last = take_value(at, range)) < 0)
        return -1;
    if (!all && (*at)[0] == '.' && (*at)[1] == '.') {
        *at += 2;
        last = take_value(at, range);
    }
    if (**at == '/' && !range->names) {
        const struct range steps = { 1, range->most ? range->most : 1, NULL, NULL };
        bool one = !all && last == first;
        (*at)++;
        step = take_value(at, &steps);
        last = one ? range->most : last;
    }
    if (last < first || step < 1)
        return -1;
    for (int i = first; i <= last; i += step)
        *bits |= (uint64_t)1 << i;
    return 0;
}

static int take_list(const char **at, const struct range *range, uint64_t *ret)
{
    uint64_t bits = 0;
    do {
        if (take_part(at, range, &bits))
            return -1;
    } while (**at == ',' && (*at)++);
    *ret = bits;
    return 0;
}

static int take_weekdays(const char **at, struct calendar *calendar)
{
    static const struct range weekdays = { 0, 6, weekday_names, weekday_long };
    uint64_t bits;
    if (take_list(at, &weekdays, &bits))
        return -1;
    calendar->weekdays = (uint8_t)bits;
    return 0;
}

/* [*-]MONTHS-DAYS or MONTHS~1 */
static int take_date(const char **at, struct calendar *calendar)
{
    static const struct range months = { 1, 12, NULL, NULL }, days = { 1, 31, NULL, NULL };
    uint64_t bits;
    const char *dash = strpbrk(*at, "-~");
    /* Two dashes: a year stands before, of which only `*` is taken; a task ends by its own expiry. */
    if (dash && *dash == '-' && strpbrk(dash + 1, "-~") && strpbrk(dash + 1, "-~") < *at + strcspn(*at, " ")) {
        if (strncmp(*at, "*-", 2))
            return -1;
        *at += 2;
    }
    if (take_list(at, &months, &bits))
        return -1;
    calendar->months = (uint16_t)bits;
    if (!strncmp(*at, "~1", 2)) {
        *at += 2;
        calendar->days = 1;
        return 0;
    }
    if (*(*at)++ != '-' || take_list(at, &days, &bits))
        return -1;
    calendar->days = (uint32_t)bits;
    return 0;
}

static int take_time(const char **at, struct calendar *calendar)
{
    static const struct range hours = { 0, 23, NULL, NULL }, sixty = { 0, 59, NULL, NULL };
    uint64_t bits;
    if (take_list(at, &hours, &bits) || *(*at)++ != ':' || take_list(at, &sixty, &calendar->minutes))
        return -1;
    calendar->hours = (uint32_t)bits;
    if (**at != ':')
        return 0;
    (*at)++;
    return take_list(at, &sixty, &calendar->seconds);
}

/* The end of a word, and the blanks behind it. */
static int end_word(const char **at)
{
    if (**at && **at != ' ')
        return -1;
    *at += strspn(*at, " ");
    return 0;
}

static int take_all(const char *at, struct calendar *calendar)
{
    if (isalpha((unsigned char)*at) && (take_weekdays(&at, calendar) || end_word(&at)))
        return -1;
    size_t word = strcspn(at, " ");
    if (*at && !memchr(at, ':', word) && (take_date(&at, calendar) || end_word(&at)))
        return -1;
    if (*at && (take_time(&at, calendar) || end_word(&at)))
        return -1;
    return *at ? -1 : 0;
}

/* Some month of the set has some day of the set; a leap year's February counts. */
static bool ever_comes(const struct calendar *calendar)
{
    static const int longest[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (calendar->days & 1)
        return true;
    for (int month = 1; month <= 12; month++) {
        if (calendar->months >> month & 1 && calendar->days & (((uint64_t)2 << longest[month - 1]) - 1))
            return true;
    }
    return false;
}

int calendar_parse(const char *text, struct calendar *ret, struct problem *problem)
{
    struct calendar calendar = { 0x7f, 0x1ffe, 0xfffffffe, 1, 1, 1 };
    const char *meaning = text;
    for (size_t i = 0; i < sizeof(shorthands) / sizeof(*shorthands); i++) {
        if (!strcmp(shorthands[i].name, text))
            meaning = shorthands[i].meaning;
    }
    if (!*text || strlen(text) >= CALENDAR_TEXT_BYTES || take_all(meaning, &calendar))
        return problem_set(
            problem, "bad-calendar", "calendar", "%.80s is no calendar expression: [Mon..Fri] [*-*-1] [04:00]", text);
    if (!ever_comes(&calendar))
        return problem_set(problem, "bad-calendar", "calendar", "%.80s: that day never comes", text);
    *ret = calendar;
    return 0;
}
