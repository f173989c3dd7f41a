/*
 * The thread that posts: each second, or sooner when much has come or somebody waits for it, what was committed gets
 * into the trees' directories. The loop's thread never waits for it. What it has not posted yet stands in the journal;
 * how much that is, tiler_behind says.
 *
 * A full disk is waited out. Any other error ends the process, as an error of the journal does.
 */
#ifndef VEDETTE_TILER_H
#define VEDETTE_TILER_H

#include "services/audit/tiles/post.h"

struct tiler;

/* What the loop's thread has committed: the end of the journal and checkpoints of exactly that. */
struct tiler_work {
    struct journal_position end;
    struct signed_checkpoint checkpoints[CLASS_COUNT];
};

/* All of `posted` is posted already; the post is the thread's until tiler_free. posted(arg) is called in the thread
 * after each round; NULL is allowed. NULL + problem. */
struct tiler *tiler_new(
    struct post *, const struct tiler_work *posted, void (*told)(void *arg), void *arg, struct problem *);
/* Posts what is left. */
void tiler_free(struct tiler *);

/* More was committed: so many bytes of the journal. */
void tiler_take(
    struct tiler *, const struct journal_position *end, const struct signed_checkpoint[CLASS_COUNT], size_t bytes);
/* Do not wait for the second to be over. */
void tiler_hurry(struct tiler *);

/* Bytes of the journal that are not posted, for the thread that calls tiler_take. */
uint64_t tiler_behind(struct tiler *);
/* The checkpoint that stands in the directory. */
void tiler_posted(struct tiler *, enum class, struct signed_checkpoint *ret);
/* Segments before this one are wholly posted. */
uint32_t tiler_segment(struct tiler *);
bool tiler_second_place_fails(struct tiler *);

#endif
