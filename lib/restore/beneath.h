/*
 * A folder that things are restored into, and what is done in it. Every path is resolved beneath it by the kernel
 * (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS), so that neither a tree's names nor links that somebody lays
 * on the way lead out of it. Who may rename in it can put one thing of ours in the place of another: so what was made
 * is known again by its identity, and not by its name. Several threads may use one.
 */
#ifndef VEDETTE_RESTORE_BENEATH_H
#define VEDETTE_RESTORE_BENEATH_H

#include <pwd.h>

#include "lib/repository/nodes.h"

struct problem;

struct beneath {
    int fd;
    bool is_root; /* owners can be given */
    uid_t uid;    /* whose rights are used; who we are, unless we are root and another was named */
    gid_t gid;
};

/* Made if it is not there; its parent must be. user NULL: we. -1 + problem. */
int beneath_open(const char *folder, const struct passwd *user, struct beneath *ret, struct problem *);
void beneath_close(struct beneath *);

/* All else here is done between these, by a thread for itself: with the rights of the folder's user in the file system,
 * and with our own again. */
void beneath_assume(const struct beneath *);
void beneath_resume(const struct beneath *);

/* Of an open file or folder: the file system's handle of it (name_to_handle_at(2)), which no later one bears again;
 * where it has none, device, inode number and time of birth. Hashed; never 0, which is nothing's. */
typedef uint64_t file_identity;

/* The folder in which nodes stand; a thread's own. */
struct beneath_folder {
    uint32_t node;
    int fd; /* -1: none is open */
};
/* Open the one in which the node stands, unless it is. identities: a folder must be that of its node; NULL: it may be
 * any. -1: errno; ESTALE: it is another by now. */
int beneath_enter(const struct beneath *, const struct nodes *, const file_identity *identities, uint32_t node,
    struct beneath_folder *);
void beneath_leave(struct beneath_folder *);

/* What stands at the place of an entry already. */
enum standing {
    STANDING_NOTHING,
    STANDING_SAME,    /* it was restored before, or never changed */
    STANDING_PARTIAL, /* a restore was broken off within it */
    STANDING_OTHER,
};
enum standing beneath_look(const struct beneath *, int folder, const struct entry *);

/* While a file is not complete, this is its mode: nobody reads it, and it is known again. */
#define PARTIAL_MODE 0200

/* All: 0, or -1 and errno; EEXIST, ESTALE: somebody has put something else there meanwhile. A file to write pieces to,
 * new, and again; it is the caller's to close. */
int beneath_make_file(int folder, const struct entry *, file_identity *ret);
int beneath_open_file(int folder, const struct entry *, file_identity);
/* A further name of a file that was made or, 0, stands there. */
int beneath_link(int folder, const char *name, file_identity, int other_folder, const char *other_name);
/* Owner, attributes, mode and times of an open file or folder, in the order in which they do not undo each other. */
int beneath_finish(const struct beneath *, int fd, const struct entry *);
/* A folder, so that we can write in it; it is finished when all else is, opened again for that. */
int beneath_make_folder(int folder, const struct entry *, file_identity *ret, bool *ret_made);
int beneath_open_folder(int folder, const struct entry *, file_identity);
/* A link, FIFO, socket or device, with all that belongs to it. */
int beneath_make(const struct beneath *, int folder, const struct entry *);

#endif
