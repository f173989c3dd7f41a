/*
 * A log that succeeds another: what is left of the old one under a new origin, so that nobody finds two histories under
 * one. The old tree stays beside it, untouched; what it was is written down for people to sign.
 */
#ifndef VEDETTE_CLI_SUCCESSION_H
#define VEDETTE_CLI_SUCCESSION_H

#include "contract.h"
#include "lib/place.h"
#include "lib/tlog/checkpoint.h"

struct succession {
    enum class class;
    const char *deployment, *second_place, *reason;
    const uint8_t *seed; /* of the key that signs from now on */
    /* Found by succession_look: */
    unsigned generation; /* of the old log; its tree goes to log/<class>.<generation> */
    struct tlog_vkey old_key;
    struct tlog_checkpoint tree;  /* of the old tree, as it stands */
    struct tlog_checkpoint known; /* the greatest that it signed, as far as is known */
    struct successions before;    /* those by which the old tree came about */
    bool due;                     /* the two contradict each other */
    bool unfinished;              /* an earlier recovery made the tree, and came no further */
};

/* What stands in log/<class> and in the second place. Refused if the tree does not even hold for itself. */
int succession_look(struct succession *, struct problem *);
/* Put the new tree into place, then its checkpoint into the second place. */
int succession_make(const struct succession *, struct problem *);
/* The last of that alone. */
int succession_finish(const struct succession *, struct problem *);

#endif
