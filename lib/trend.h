/*
 * Values over time, in files that never grow: five-minute values of the last 48 hours, hourly ones of the last 13 months. The
 * only user of librrd, whose `rrdtool` reads the files.
 *
 * One trend is three files, <path>.lowest.rrd, .mean.rrd and .highest.rrd, 83 kB each: within one file librrd would keep
 * every consolidation of every value, nine columns of which three mean something.
 */
#ifndef VEDETTE_TREND_H
#define VEDETTE_TREND_H

#include <stddef.h>
#include <stdint.h>

struct problem;

#define TREND_SLOT_S 300
#define TREND_FINE_S (48 * 3600)
#define TREND_HOUR_S 3600
#define TREND_KEPT_S (396 * 86400) /* 13 months, the longest */

/* What was between from_s and the next point; NAN: not known. */
struct trend_point {
    int64_t from_s;
    double lowest, mean, highest;
};

/* Add five-minute values, in their order; they begin at multiples of TREND_SLOT_S. The files are made with the first. What is
 * not newer than what is there is passed over, so that a repeat does nothing. every_s: how often the value is sampled; after
 * three of them without one, nothing is known. -1 + problem "trend". */
int trend_add(const char *path, uint32_t every_s, const struct trend_point *, size_t n, struct problem *);

struct trend {
    struct trend_point *points; /* oldest first; the caller's to free */
    size_t n;
    uint32_t step_s; /* from one to the next */
};
/* Those from from_s to to_s, both since 1970: five minutes each if that is kept of the whole period, else hours.
 * Nothing there yet is no failure: n is 0. */
int trend_read(const char *path, int64_t from_s, int64_t to_s, int64_t now_s, struct trend *ret, struct problem *);

/* Its files. */
void trend_remove(const char *path);

#endif
