/*
 * What a backup that was ordered says on standard output (agent/work/backups/backup_line.h reads it), and how it keeps
 * to its share of the processors.
 */
#ifndef VEDETTE_AGENT_BACKUP_REPORT_H
#define VEDETTE_AGENT_BACKUP_REPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct commit;
struct problem;

#define REPORT_EVERY_MS 2000

struct report {
    bool wanted;
    _Atomic int64_t told_ms;
    _Atomic uint64_t files, content_bytes, new_bytes; /* so far */
};

void report_expect(const struct report *, uint64_t content_bytes);
/* Whenever something came in. */
void report_progress(struct report *, uint64_t files, uint64_t content_bytes, uint64_t new_bytes);
/* Say how far it is, not more often than REPORT_EVERY_MS. On any thread: the first may wait for a slow target. */
void report_tick(struct report *);
void report_done(const struct report *, const struct commit *);
void report_failed(const struct report *, const struct problem *);

struct effort {
    unsigned percent; /* of all processors; 0: no limit */
    int64_t began_us; /* set by the first rest */
};
/* Sleep as long as too much was taken, a fifth of a second at most. */
void effort_rest(struct effort *);

#endif
