/*
 * Frames: zstd (RFC 8878), each with its content's size. A checksum (XXH64) tells that what was decompressed is what
 * was compressed; where each piece has a sum of what was read (sum.h), that tells it, and the frame has none. The only
 * user of libzstd.
 */
#ifndef VEDETTE_REPOSITORY_FRAME_H
#define VEDETTE_REPOSITORY_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct packer;
struct problem;
struct unpacker;

enum frame_sort {
    FRAME_CHECKED, /* with a checksum */
    FRAME_PIECES,  /* each with a sum: without */
    FRAME_DIGITS,  /* pieces mostly of digits, as of tables: a fifth less time for 5 % more bytes */
};

#define FRAME_CONTENT_MAX (9u << 20) /* a reader needs no more room at a time */

/* One thread at a time. NULL: no memory. */
struct packer *packer_make(void);
void packer_free(struct packer *);
struct unpacker *unpacker_make(void);
void unpacker_free(struct unpacker *);

/* Room in which a frame of that content fits for certain. */
size_t frame_bound(size_t content_bytes);
/* The bytes of the frame; 0: it does not fit. */
size_t frame_pack(struct packer *, enum frame_sort, const void *content, size_t bytes, void *to, size_t room);

/* Of the frame with which the data begin. -1 + problem "bad-frame": cut off, larger than FRAME_CONTENT_MAX, or without
 * its size. */
int frame_measure(const void *data, size_t bytes, size_t *ret_frame_bytes, size_t *ret_content_bytes, struct problem *);
/* The whole content of exactly that frame. -1 + problem "bad-frame". */
int frame_unpack(struct unpacker *, const void *frame, size_t bytes, void *to, size_t content_bytes, struct problem *);

#endif
