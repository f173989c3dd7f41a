/*
 * What the holder of a target's credential could do there, tried with an object of our own rather than believed:
 * whether somebody who takes over the machine could delete or replace its backups. It links remove.h: for
 * `vedette backup target check` alone.
 */
#ifndef VEDETTE_TARGET_RIGHTS_H
#define VEDETTE_TARGET_RIGHTS_H

#include "lib/target/target.h"

enum target_may {
    TARGET_MAY_NOT,
    TARGET_MAY_HIDE, /* S3 with versions: it seems gone or replaced, but the old version is there and can be had again
                      */
    TARGET_MAY,
};

struct target_rights {
    enum target_result put, list, get; /* what a backup and a restore need; ABSENT: not tried */
    bool
        if_absent; /* a second put under the same name is refused by the target itself, not only by our looking first */
    enum target_may replace, remove;
    char probe[TARGET_NAME_BYTES]; /* the object that was tried with */
    bool left;                     /* it is still there */
};

/* DONE once everything was tried, whatever came of it; else why the target cannot be asked, with *ret as far as it
 * came. */
enum target_result target_rights(struct target *, struct target_rights *ret, struct problem *);

/* Neither replaced nor removed, nor hidden. */
bool target_is_write_once(const struct target_rights *);

#endif
