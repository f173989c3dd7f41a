/*
 * What retention has done and said, and what is due. Pure, but for the file it is kept in.
 *
 * Retention is told by the log itself, in class ops: the rules (retention.rules), and each deletion before it is done
 * (retention.deleting). So this state can be had again from there; the file spares reading all of it, and knows which
 * files are really gone.
 */
#ifndef VEDETTE_AUDIT_RETENTION_H
#define VEDETTE_AUDIT_RETENTION_H

#include "lib/bus/bus.h"
#include "lib/tlog/tile.h"

#define RETENTION_DAY_MS INT64_C(86400000)
#define RETENTION_BYTES 4096 /* of the file */

struct retention_class {
    uint32_t days;      /* the rule as the log has it; 0: it has none yet */
    uint64_t kept_from; /* entries before it are deleted, or will be now */
    uint64_t kept_at;   /* the sequence in ops that says so */
    uint64_t removed;   /* the files of bundles before this one are gone for good */
};

struct retention {
    uint64_t read;    /* of ops, what is before this sequence is taken account of */
    uint64_t told_at; /* the sequence in ops of the newest retention.rules */
    int64_t seen_ms, hold_until_ms;
    int64_t ahead_ms; /* of the monotonic clock, while we run */
    struct retention_class classes[CLASS_COUNT];
};

/* A day is 24 hours here: no calendar, no time zone. */
bool retention_is_due(int64_t newest_ms, uint32_t days, int64_t now_ms);

/* The first day whose personal fields are kept: a day is due when its last moment is. */
uint32_t retention_sealed_from(uint32_t days, int64_t now_ms);

/* How many bundles could go at all: full ones, of which the last of a tree always stays. */
uint64_t retention_bundles(uint64_t size);

/* May anything be deleted by this clock? A wall clock that is wrong by years must not empty a log: after a leap of half a
 * day, at once or in steps, as at a start after more than two days, a day has to pass first. Notes the time. elapsed_ms:
 * since the last call by the monotonic clock; -1: this is the first. */
bool retention_may_delete(struct retention *, int64_t now_ms, int64_t elapsed_ms);

/* Do the rules differ from what the log says? */
bool retention_is_news(const struct retention *, const uint32_t days[CLASS_COUNT]);

/* An event of class ops, in the log's order. */
void retention_take(struct retention *, const struct bus_event *);
void retention_take_deleting(struct retention *, const struct event_retention_deleting *, uint64_t sequence);

/* The file's text, both ways. -1: it is of another version, or damaged. */
int retention_parse(const char *text, struct retention *ret);
size_t retention_format(const struct retention *, char ret[RETENTION_BYTES]);

/* Of another version, damaged or not there: all zero, and the log is read again. */
void retention_load(const char *path, struct retention *ret);
int retention_save(const char *path, const struct retention *, struct problem *);

#endif
