/*
 * Where a large file is cut: by its content, so that what was inserted moves no cut but the next. Gear hashing with two
 * masks (Xia et al., FastCDC, USENIX ATC 2016): before the average size a cut is less likely, behind it more.
 */
#ifndef VEDETTE_REPOSITORY_CHUNKER_H
#define VEDETTE_REPOSITORY_CHUNKER_H

#include <stddef.h>
#include <stdint.h>

#define CHUNK_WHOLE_MAX (256u << 10) /* a file up to this size is one chunk */
#define CHUNK_BYTES_MAX (8u << 20)   /* twice the largest average; a frame takes no more */

struct chunker {
    size_t least, average, most; /* bytes of a chunk */
    uint64_t mask_before, mask_behind;
};

/* For a file of that size: on average size/4096, but 64 KiB to 4 MiB. Sizes are powers of two, so that a file that
 * grows a little is cut as before. */
struct chunker chunker_for(uint64_t file_bytes);

/* The length of the chunk with which the data begin: at most `bytes`. If it is `bytes`, and `bytes` is less than
 * chunker->most, more data may move the cut. */
size_t chunker_cut(const struct chunker *, const uint8_t *data, size_t bytes);

#endif
