/*
 * The walk: every folder that was asked for, depth first, names rising by their bytes, and what is in it into the feed.
 * The process's current folder moves along, and is back where it was afterwards: so nothing on the way can be swapped
 * for a link to elsewhere, and attributes can be read of what cannot be opened.
 */
#ifndef VEDETTE_AGENT_BACKUP_WALK_H
#define VEDETTE_AGENT_BACKUP_WALK_H

#include "agent/backup/feed.h"

#define UNREAD_NAMED_MAX 1000 /* what could not be read is named in the manifest, so many at most */
#define WALK_PATHS_MAX 256
#define WALK_DESCRIPTORS_MAX (2 * TREE_DEPTH_MAX) /* the way down is held open: each folder, and the one above it */

/* A file that is read in the place of another: what is kept is the other's name and owner, and this one's content. */
struct stand_in {
    const char *path, *file;
};

struct walk {
    /* Set by the caller. */
    struct feed *feed;
    struct cache *cache;         /* of the backup before; NULL: everything is read */
    const struct stores *stores; /* whose first ones are the cache's segments */
    bool archived;               /* an anchor */
    const char *const *paths;    /* absolute, in one form, rising in the order of the walk, none within another */
    size_t n_paths;
    const char *const *excluded;
    size_t n_excluded;
    const struct stand_in *stand_ins;
    size_t n_stand_ins;
    bool (*stopped)(void);

    /* What was found. */
    uint64_t entries, changed, content_bytes, unsteady, unread;
    size_t n_named;
    char *named[UNREAD_NAMED_MAX];
};

/* -1 + problem. */
int walk_all(struct walk *, struct problem *);
/* Count these as unread, too, and name them. */
void walk_name_unread(struct walk *, const char *const *paths, size_t n);
void walk_free(struct walk *);

#endif
