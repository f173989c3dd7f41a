/*
 * A file's content into the feed. It is read once; whether it held still meanwhile is asked of the file system before
 * and after. Where the last backup had a piece, that is tried first: to hash it takes a fifth of the time that it takes
 * to find where to cut. A file that was changed within the tick of the clock in which it is opened is read a tick
 * later, so that no change can hide in that tick.
 */
#ifndef VEDETTE_AGENT_BACKUP_SOURCE_H
#define VEDETTE_AGENT_BACKUP_SOURCE_H

#include <sys/stat.h>

#include "agent/backup/feed.h"

enum source_result {
    SOURCE_WHOLE,
    SOURCE_UNSTEADY, /* it changed meanwhile, or is shorter than it was */
    SOURCE_UNREAD,   /* errno says why; nothing of it is to be kept */
    SOURCE_FAILED,   /* the backup cannot go on; the problem says why */
};

struct source {
    int fd;
    struct stat status;
    uint64_t kept_bytes; /* what was read, holes included */
    size_t n_past;       /* the pieces that the last backup had of it and that are still to come: the caller's to set */
    const struct cached_piece *past;
    uint64_t past_at; /* where the first of them begins */
};

/* Of the current folder; it must be the file whose status that is. -1: errno says why. */
int source_open(const char *name, const struct stat *, struct source *ret);
/* As chunks and holes; archived: followed by zeros up to the size that it had, and to a block's end. */
enum source_result source_read(struct source *, struct feed *, bool archived, struct problem *);
void source_close(struct source *);

/* Parts of a sparse file that are kept. */
#define EXTENTS_MAX 4096 /* a file in more parts than that is taken for one without holes */
struct extent {
    uint64_t offset, length;
};
struct extents {
    size_t n;
    struct extent all[EXTENTS_MAX + 1];
    bool sparse;
};
void source_extents(const struct source *, struct extents *ret);

#endif
