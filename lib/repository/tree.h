/*
 * The tree: what stood where, who owned it, and where its content is kept. A stream of records, in the frames of the
 * segments D in their order; no record is torn by a frame's end. A record is a letter, the length of its body, and the
 * body; numbers are LEB128, signed ones zigzag (as in Protocol Buffers); texts are a length and bytes.
 *
 *     d f l p s c b h   a folder, file, symbolic link, FIFO, socket, character or block device, hard link
 *     +                 more pieces of the file before
 *     u                 the folder is over
 *
 * What follows a folder stands in it, up to its `u`; the first record stands in the root. Within a folder, names rise
 * by their bytes. docs/backup-format.md has the bodies.
 */
#ifndef VEDETTE_REPOSITORY_TREE_H
#define VEDETTE_REPOSITORY_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct problem;

#define TREE_NAME_MAX 255
#define TREE_LINK_MAX 4095          /* bytes of a symbolic link, as Linux has it */
#define TREE_DEPTH_MAX 512          /* folders in folders: each is an open file to whoever walks */
#define TREE_XATTRS_MAX 64          /* of one entry */
#define TREE_XATTRS_BYTES_MAX 65536 /* of one entry: names and values, as they are encoded */
#define TREE_RECORD_MAX 131072      /* the longest of one sort below */
#define TREE_PIECES_MAX 4096        /* of one record */

enum entry_type {
    ENTRY_FOLDER = 'd',
    ENTRY_FILE = 'f',
    ENTRY_SYMLINK = 'l',
    ENTRY_FIFO = 'p',
    ENTRY_SOCKET = 's',
    ENTRY_CHARACTER = 'c',
    ENTRY_BLOCK = 'b',
    ENTRY_HARD_LINK = 'h',
};

/* It changed while it was read: what is kept may be a mixture. */
#define ENTRY_UNSTEADY 1u

struct entry {
    enum entry_type type;
    const char *name; /* no NUL behind it */
    size_t name_bytes;
    uint32_t mode; /* the lower twelve bits */
    uint32_t uid, gid;
    int64_t mtime_s;
    uint32_t mtime_ns;
    uint32_t flags;
    const uint8_t *xattrs; /* as they are encoded, for xattr_next */
    size_t xattrs_bytes;
    uint64_t size;    /* file */
    const char *link; /* symbolic link; no NUL behind it */
    size_t link_bytes;
    uint32_t major, minor; /* devices */
    uint64_t number;       /* hard link: the how manieth entry it is the same as, from 0 */
};

struct piece {
    bool hole;        /* nothing but zeros, and not kept */
    uint32_t segment; /* the how manieth of the commit, from 0 */
    uint32_t offset;  /* of the frame in the segment's plaintext */
    uint32_t skip;    /* from the frame's content up to the piece */
    uint64_t length;
    uint32_t sum; /* of what was read on the machine: sum.h */
};

/* Append. -1: no memory, or a limit. */
int tree_entry(struct buf *, const struct entry *);
int tree_pieces(struct buf *, const struct piece *, size_t n); /* at most TREE_PIECES_MAX */
int tree_up(struct buf *);
int tree_xattr(struct buf *, const char *name, const void *value, size_t bytes);

enum record { RECORD_ENTRY, RECORD_PIECES, RECORD_UP };

/* A record that was read; texts are borrowed from the data. */
struct tree_record {
    enum record record;
    struct entry entry;
    size_t n_pieces;
    struct piece pieces[TREE_PIECES_MAX];
};

/* The record at *at, which moves behind it. -1 + problem "bad-tree". Names are no path: neither "." nor "..", and
 * without '/' and NUL. */
int tree_read(const uint8_t **at, const uint8_t *end, struct tree_record *ret, struct problem *);

/* The next of an entry's; false: there is none. They were checked by tree_read. */
struct xattr {
    const char *name; /* with its NUL */
    const void *value;
    size_t bytes;
};
bool xattr_next(const uint8_t **at, const uint8_t *end, struct xattr *ret);

#endif
