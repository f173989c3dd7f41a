/*
 * Calendar expressions: when a recurring task is due. The words are those of systemd's OnCalendar (systemd.time(7)), of
 * which this takes weekdays, months, days and times:
 *
 *     [WEEKDAYS] [[*-]MONTHS-DAYS] [HOURS:MINUTES[:SECONDS]]      Mon..Fri 18:30     *-*-1 04:00     *:0/10
 *     minutely hourly daily weekly monthly quarterly yearly
 *
 * each a list of values, ranges a..b and steps a/n or a..b/n, or *. `~1` as the day is the last of the month. Without a
 * date every day, without a time midnight. Pure: parsed once, then asked.
 *
 * Where clocks are put forward, what would be due in the missing hour is due once, at the moment it is left out. Where
 * they are put back, what names hours is due in the first of the two; what is due in every hour is due in both.
 */
#ifndef VEDETTE_CALENDAR_H
#define VEDETTE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem;
struct zone;

#define CALENDAR_TEXT_BYTES 256

struct calendar {
    uint8_t weekdays; /* bit 0: Monday */
    uint16_t months;  /* bit 1: January */
    uint32_t days;    /* bit 1: the first; bit 0: the last of the month, whichever it is */
    uint32_t hours;
    uint64_t minutes, seconds;
};

/* 0; -1 + problem "bad-calendar" if the text is none, or names a day that never comes. */
int calendar_parse(const char *text, struct calendar *ret, struct problem *);
/* The first time it is due after after_ms, a whole second; INT64_MAX: never again (within 40 years). */
int64_t calendar_next(const struct calendar *, const struct zone *, int64_t after_ms);

#endif
