/* At which hours of the week something may be done, by the machine's own clock: `always`, or ranges as
 * `Mon..Fri 22:00-06:00, Sat Sun 00:00-24:00`. One that ends before it begins goes on into the next day. Pure. */
#ifndef VEDETTE_AGENT_HOURS_H
#define VEDETTE_AGENT_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOURS_RANGES 8
#define WEEK_MINUTES (7 * 24 * 60)

struct hours {
    unsigned count; /* 0: always */
    struct hours_range {
        uint8_t weekdays; /* bit 0: Monday: on which days it begins */
        int begins, ends; /* minute of the day; ends ≤ begins: on the next day */
    } ranges[HOURS_RANGES];
};

/* 0, or -1 and *ret untouched. */
int hours_parse(const char *text, struct hours *ret);
/* As it could be written, cut off where there is no room. */
void hours_format(const struct hours *, char *ret, size_t room);
/* minute of the week, from Monday 00:00. */
bool hours_open(const struct hours *, int minute);
/* How many minutes until they are open; 0: now; -1: never. */
int hours_wait(const struct hours *, int minute);

#endif
