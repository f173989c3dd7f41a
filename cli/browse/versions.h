/*
 * What stood in the backups of one machine, all in one tree: each name once, and of each its versions, one for as many
 * backups in a row as it was the same in. So a search looks at every backup at once, and a day's backup costs little
 * more than what changed on that day: 32 bytes and its text a name, 72 bytes a version.
 */
#ifndef VEDETTE_CLI_BROWSE_VERSIONS_H
#define VEDETTE_CLI_BROWSE_VERSIONS_H

#include "lib/repository/nodes.h"

#define VERSIONS_ROOT 0u
#define VERSIONS_NONE UINT32_MAX
#define VERSIONS_NAMES_MAX (32u << 20)
#define VERSIONS_MAX (64u << 20) /* 4.5 GiB, before memory ends */
#define VERSIONS_BACKUPS_MAX 4096

struct version {
    enum entry_type type;
    uint16_t first, last; /* backups, in the order in which they were added */
    uint32_t next;        /* of the same name, before it in that order; VERSIONS_NONE: there is none */
    uint32_t mode, uid, gid, mtime_ns, flags;
    int64_t mtime_s;
    uint64_t size;
    const char *link; /* of a symbolic link; NULL: it is none */
};

struct name {
    const char *text;             /* any bytes but '/' and NUL */
    uint32_t parent, child, next; /* children stand in the order of their bytes */
    uint32_t versions;            /* the one that was added last */
    uint16_t bytes;
};

struct versions {
    uint32_t n_names, names_room, n_versions, versions_room;
    struct name *names; /* the first is the root, which has no version */
    struct version *all;
    struct versions_text *texts;
    unsigned n_backups;
};

int versions_make(struct versions *); /* -1: no memory */
void versions_free(struct versions *);
/* The tree of one more backup; it is n_backups - 1 from then on. -1 + problem "no-memory": what was added of it is of
 * no backup. */
int versions_add(struct versions *, const struct nodes *, struct problem *);

/* As it was in a backup; NULL: it was not there. */
const struct version *versions_in(const struct versions *, uint32_t name, unsigned backup);
/* Of the backup that was added first of those that have it; it has one. */
const struct version *versions_first(const struct versions *, uint32_t name);
unsigned versions_count(const struct versions *, uint32_t name);
/* "home/anna/…", without '/' before it; the length, or 0: too long, or the root. */
size_t versions_path(const struct versions *, uint32_t name, char ret[NODE_PATH_BYTES]);

/* The next name behind one (VERSIONS_ROOT: from the first on) that a pattern fits; VERSIONS_NONE: there is no more. In
 * a pattern * and ? stand for others, and a name has to fit as a whole; without them it is any part of a name. With a
 * '/' in it whole paths are meant. Small and capital letters of ASCII are the same. */
uint32_t versions_find(const struct versions *, const char *pattern, uint32_t behind);

#endif
