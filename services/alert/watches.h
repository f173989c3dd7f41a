/*
 * What stands about agents and is not well, or was not when an alert was opened: all else needs no memory. Watches, by
 * their names; backup plans, `plan.DOCUMENT` (critical: the newest backup failed; warning: it was missed; unknown: it
 * is doubtful); `proof.bytes`, `proof.restore.nas`: what became of backups that were looked at, there (warning: nobody
 * looked when somebody was to); `prune.nas`, what stops whoever prunes there. No name of a watch has a dot. Pure.
 *
 * Each has one alert at a time, of the kind of its level; a change of level resolves one and opens the next.
 */
#ifndef ALERT_WATCHES_H
#define ALERT_WATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"

#define WATCH_NAME_BYTES 48 /* of a watch 33, as in fields.def; of a proof 14 more, before its target */
#define WATCH_TEXT_BYTES 201
#define WATCHES_BAD_MAX 65536 /* of the whole fleet, 20 MB; more at once say nothing that these do not */

struct watched {
    uint32_t agent;
    char watch[WATCH_NAME_BYTES], text[WATCH_TEXT_BYTES]; /* text: what is wrong, for people */
    enum level level, open;                               /* open: of the alert that is; LEVEL_OK: none is */
};

struct watches {
    struct watched **items; /* sorted by agent, then name */
    size_t n, room;
    size_t judged; /* those before it were, since something changed */
    bool touched;  /* something changed */
};

void watches_free(struct watches *);

/* -1: beyond the limit, or no memory; it is not watched. */
int watches_level(struct watches *, uint32_t agent, const char *watch, enum level, const char *text);
/* Said at start for each alert that is open. */
int watches_restore(struct watches *, uint32_t agent, const char *watch, enum level open);
/* An agent's state changed, on which its watches' alerts depend. */
void watches_touch(struct watches *);

/* The next one whose alert is to change: *ret_resolve and *ret_open say from which level's to which (LEVEL_OK: none),
 * and that is then taken as done. quiet: no alert of this agent is opened now; gone: it has none at all. NULL: there is
 * none. */
const struct watched *watches_next(struct watches *, bool (*quiet)(void *arg, uint32_t agent, bool *ret_gone),
    void *arg, enum level *ret_resolve, enum level *ret_open);

#define WATCHES_PLAN "plan."
#define WATCHES_PROOF "proof."
#define WATCHES_PRUNE "prune." /* a target, "" if it was not named */

/* The kind of alert that a level is of what has this name, and the other way; LEVEL_OK: it is none of ours. */
enum kind watches_kind(const char *watch, enum level);
enum level watches_kind_level(enum kind);

#endif
