/*
 * Time zones of the IANA data base, as tzdata installs them (TZif, RFC 8536): what a clock on the wall shows when.
 * libc's own functions read the zone from the environment, one for the whole process; these take it as an argument.
 */
#ifndef VEDETTE_ZONE_H
#define VEDETTE_ZONE_H

#include <stddef.h>
#include <stdint.h>

struct problem;
struct zone;

#define ZONE_NAME_BYTES 64          /* the longest has 32 characters */
#define ZONE_FILE_LIMIT_BYTES 65536 /* the largest has 3.5 kB */

/* By name, as "Europe/Berlin". NULL + problem: "bad-zone", there is none; another, it cannot be read now. */
struct zone *zone_load(const char *name, struct problem *);
/* The file's content alone. */
struct zone *zone_parse(const void *data, size_t bytes, struct problem *);
void zone_free(struct zone *);

/* A time during which clocks run evenly. */
struct zone_span {
    int64_t from_s, to_s; /* [from, to) since 1970; INT64_MIN, INT64_MAX: without end */
    int32_t offset_s;     /* what the wall shows more than UTC */
    int32_t before_s;     /* the offset until from_s; offset_s itself if there is no before */
};
/* The one that holds the time. Two neighbours may have the same offset (only the name of the time changed). */
void zone_span_at(const struct zone *, int64_t time_s, struct zone_span *ret);

#endif
