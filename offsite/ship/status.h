/*
 * How far each target is, as vedette-ship tells it in offsite/ship/status: the time, then a line each; read by
 * services/backup, which says so to people.
 */
#ifndef VEDETTE_OFFSITE_STATUS_H
#define VEDETTE_OFFSITE_STATUS_H

#include "offsite/ship/carrier.h"

struct line_status {
    char target[TARGET_WORD_BYTES];
    struct waiting sets[SERVER_SET_COUNT];
    int64_t looked_ms;
    char problem[256]; /* ""; of the last look */
};

struct ship_status {
    int64_t time_ms;
    unsigned n;
    struct line_status lines[TARGETS_MAX];
};

/* Nothing is known of the target yet: what was copied, and when, counts from now on. */
void line_begin(struct line_status *, const char *target, int64_t now_ms);
/* How it stands with one set, found at that time; problem NULL: what was there is in the target. */
void line_note(struct line_status *, enum server_set, const struct waiting *, const struct problem *, int64_t now_ms);
/* Of all sets together: objects and bytes. */
struct waiting line_waiting(const struct line_status *);
/* The age of the oldest copy that waits, or of the last look of a copier that looks no more. */
int64_t line_behind_ms(const struct line_status *, int64_t now_ms);
int ship_status_write(const struct ship_status *, struct problem *);

#endif
