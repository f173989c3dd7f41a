/*
 * Posting: what is in the journal gets into the trees' directories, then checkpoints of it, then the second place.
 * No thread of its own: at the start it runs before anything else, later in the tiler's thread.
 */
#ifndef VEDETTE_POST_H
#define VEDETTE_POST_H

#include "services/audit/journal/walk.h"
#include "services/audit/tiles/second_place.h"

#define POST_PATH_BYTES 320 /* of a class's directory */

struct post {
    struct tiles tiles[CLASS_COUNT];
    char directories[CLASS_COUNT][POST_PATH_BYTES];
    struct tlog_signer keys[CLASS_COUNT];
    const char *second_place;       /* the caller's */
    size_t segment_bytes;           /* of the journal */
    struct walk walk;               /* what it has taken of the journal */
    struct journal_position posted; /* everything before it is posted */
    bool second_place_fails;
};

/* The trees as they are in `log`, a folder for each class, made where there is none. Their keys are all of one seed;
 * the name of each stands in its tree's vkey, a new tree gets vedette/<deployment>/<class>. */
int post_open(struct post *, const char *log, const char *second_place, const char *deployment,
    const uint8_t seed[ED25519_SEED_BYTES], struct problem *);
void post_close(struct post *);

/* Take from the journal what the trees do not have yet. */
int post_take(struct post *, const struct journal_position *end, struct problem *);
/* Post checkpoints of just that. */
int post_checkpoints(struct post *, const struct signed_checkpoint checkpoints[CLASS_COUNT], struct problem *);
/* Have a spare segment ready for the journal when it will need one, if there is room. */
void post_prepare(struct post *);
/* After a failure of one of the two: as if it had not been tried. */
int post_again(struct post *, struct problem *);

#endif
