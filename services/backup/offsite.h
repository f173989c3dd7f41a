/*
 * Whether the server's own backup gets to its targets. vedette-ship says how far each is (offsite/ship/status); that
 * nobody says anything is as bad. Judged each second, told when it changes.
 */
#ifndef BACKUP_OFFSITE_H
#define BACKUP_OFFSITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OFFSITE_TARGETS_MAX 16
#define OFFSITE_NAME_BYTES 64

struct offsite_target {
    char name[OFFSITE_NAME_BYTES];
    char reason[160];
    int64_t behind_ms;
    bool late;
};

struct offsite {
    bool wanted;      /* the settings name targets */
    int64_t since_ms; /* wall clock: we have looked since then; before, nobody had to have said anything */
    size_t n;
    struct offsite_target all[OFFSITE_TARGETS_MAX];
};

/* What the text says, at that time; NULL: there is none. Those whose `late` changed are marked in ret_changed. Pure. */
void offsite_judge(struct offsite *, const char *text, int64_t now_ms, bool ret_changed[OFFSITE_TARGETS_MAX]);
/* The first that is late; NULL: none. */
const struct offsite_target *offsite_late(const struct offsite *);

struct backup;
void offsite_start(struct backup *);
void offsite_tick(struct backup *);

#endif
