/* What a TZif file says of all the time behind its last transition: the TZ string of POSIX.1-2017 §8.3, with the hours
 * from -167 to 167 that RFC 8536 adds. Pure. */
#ifndef VEDETTE_ZONE_RULE_H
#define VEDETTE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* A day of the year and a wall time on it. */
struct zone_day {
    enum { ZONE_WEEKDAY, ZONE_JULIAN, ZONE_YEARDAY } form;
    int month, week, day; /* WEEKDAY: 1-12, 1-5 (last), 0-6; else day alone: 1-365 without 29 February, 0-365 with it */
    int32_t time_s;
};

struct zone_rule {
    int32_t standard_s, summer_s; /* offsets, east of Greenwich positive */
    bool has_summer;
    struct zone_day begins, ends; /* of summer time */
};

/* 0, or -1 if the text, ended by NUL, is none. */
int zone_rule_parse(const char *text, struct zone_rule *ret);

/* When summer time begins and ends in a year, in UTC seconds. Only with has_summer. */
void zone_rule_year(const struct zone_rule *, int64_t year, int64_t *ret_begins_s, int64_t *ret_ends_s);

#endif
