/*
 * When pruning stops and a person has to look: a run would take away much at once, or the clock by which dates are over
 * is not the one by which they began. (The third reason, a doubtful backup, is a verdict of retention.h.)
 */
#ifndef VEDETTE_REPOSITORY_RETENTION_STOP_H
#define VEDETTE_REPOSITORY_RETENTION_STOP_H

#include "lib/repository/retention.h"

#define RETENTION_ABSENT_S (24 * 3600) /* over a restart nothing but the clock itself says how long it took */

/* Whether so many of all backups are too many for one run. One may always go: of four it is a quarter. */
bool retention_is_many(const struct retention_rules *, size_t deleted, size_t all);
/* Whether so much of what is stored is too much to be listed by no commit, and taken away for that. */
bool retention_is_much(const struct retention_rules *, uint64_t garbage_bytes, uint64_t stored_bytes);

/* A clock, observed. */
#define RETENTION_BOOT_BYTES 37 /* /proc/sys/kernel/random/boot_id, and NUL */
struct retention_clock {
    int64_t wall_s;
    int64_t running_s; /* since the machine was started, sleep included */
    char boot[RETENTION_BOOT_BYTES];
};

/*
 * How far the wall clock jumped between two observations, in seconds; 0: within what the rules allow. Without a restart
 * in between it must have gone as far as the other clock. With one it must not have gone back, nor less far than the
 * machine has been running since, nor on by more than RETENTION_ABSENT_S: who was away longer is asked.
 */
int64_t retention_clock_jump_s(
    const struct retention_rules *, const struct retention_clock *before, const struct retention_clock *now);

/*
 * The same for the first observation there is, which has only the target's clock beside it: the newest object there
 * must not be of the future, nor older than RETENTION_ABSENT_S.
 */
int64_t retention_clock_first_jump_s(
    const struct retention_rules *, int64_t newest_stored_s, const struct retention_clock *now);

#endif
