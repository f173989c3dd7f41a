/*
 * Changes of files, one after the other: what an increment holds (increment.h). Whoever applies them to files as they
 * were has the files as they are.
 *
 *     'w' path offset u64, length u32, data    these bytes stand there now; a file that was not there begins empty
 *     's' path size u64                        the file is so long
 *     'r' path                                 the file is gone
 *
 * A path is its length in 16 bits and that many bytes. Numbers are in network order.
 */
#ifndef VEDETTE_REPOSITORY_CHANGES_H
#define VEDETTE_REPOSITORY_CHANGES_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define CHANGE_PATH_BYTES 512        /* with NUL */
#define CHANGE_DATA_MAX (1u << 20)   /* of one change */
#define CHANGE_FILE_MAX (1ull << 46) /* a file's size: more than any file system has, and no overflow */

enum change_kind { CHANGE_WRITE = 'w', CHANGE_SIZE = 's', CHANGE_REMOVE = 'r' };

struct change {
    enum change_kind kind;
    char path[CHANGE_PATH_BYTES]; /* relative; neither `.` nor `..` nor an empty word in it */
    uint64_t at;                  /* offset, or size */
    const uint8_t *data;          /* borrowed */
    size_t bytes;
};

/* Append. -1: no memory, or the buffer's limit. */
int change_add(struct buf *, const struct change *);
/* The change at *at, which moves behind it. -1: it makes no sense, and nothing is to be done. */
int change_read(const uint8_t **at, const uint8_t *end, struct change *ret);

#endif
