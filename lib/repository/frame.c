#include "lib/repository/frame.h"

#include <stdbool.h>
#include <stdlib.h>

#define ZSTD_STATIC_LINKING_ONLY /* literalCompressionMode */
#include <zstd.h>

#include "lib/problem.h"

/* Of a core's time for a full backup most goes into this. Of tests/tools/backup_data, 2 makes 2.5 % less than 1 in 1.35
 * times the time, of Debian's documentation, headers and programs 5 % less in 1.3 times; -1 makes 15 % more in 0.9. */
#define LEVEL 1
/* What repeats is found anywhere in a frame: it is whole in memory on either side, so that a wide window takes none. */
#define WINDOW_LOG 23
/* In digits short matches are many and gain little: only each fifth place is looked at, for seven bytes. */
#define DIGITS_STEP 4
#define DIGITS_MATCH 7

struct packer {
    ZSTD_CCtx *context;
};

static bool set(struct packer *packer, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, parameter, value));
}

/* 0 is what the level says. */
static bool tune(struct packer *packer, enum frame_sort sort)
{
    bool digits = sort == FRAME_DIGITS;
    /* Of zstd's experimental interface: a library that does not know it makes larger frames. */
    set(packer, ZSTD_c_literalCompressionMode, digits ? ZSTD_ps_enable : ZSTD_ps_auto);
    return set(packer, ZSTD_c_checksumFlag, sort == FRAME_CHECKED) &&
           set(packer, ZSTD_c_minMatch, digits ? DIGITS_MATCH : 0) &&
           set(packer, ZSTD_c_targetLength, digits ? DIGITS_STEP : 0);
}

struct packer *packer_make(void)
{
    struct packer *packer = calloc(1, sizeof(*packer));
    if (packer && (packer->context = ZSTD_createCCtx()) && set(packer, ZSTD_c_compressionLevel, LEVEL) &&
        set(packer, ZSTD_c_windowLog, WINDOW_LOG))
        return packer;
    packer_free(packer);
    return NULL;
}

void packer_free(struct packer *packer)
{
    if (packer)
        ZSTD_freeCCtx(packer->context);
    free(packer);
}

struct unpacker *unpacker_make(void)
{
    return (struct unpacker *)ZSTD_createDCtx();
}

void unpacker_free(struct unpacker *unpacker)
{
    ZSTD_freeDCtx((ZSTD_DCtx *)unpacker);
}

size_t frame_bound(size_t content_bytes)
{
    return ZSTD_compressBound(content_bytes);
}

size_t frame_pack(struct packer *packer, enum frame_sort sort, const void *content, size_t bytes, void *to, size_t room)
{
    size_t packed = tune(packer, sort) ? ZSTD_compress2(packer->context, to, room, content, bytes) : 0;
    return ZSTD_isError(packed) ? 0 : packed;
}

int frame_measure(
    const void *data, size_t bytes, size_t *ret_frame_bytes, size_t *ret_content_bytes, struct problem *problem)
{
    size_t frame = ZSTD_findFrameCompressedSize(data, bytes);
    unsigned long long content = ZSTD_isError(frame) ? ZSTD_CONTENTSIZE_ERROR : ZSTD_getFrameContentSize(data, frame);
    if (content > FRAME_CONTENT_MAX) /* the two that mean unknown and error are */
        return problem_set(problem, "bad-frame", "", "a frame is cut off, too large, or does not tell its size");
    *ret_frame_bytes = frame;
    *ret_content_bytes = (size_t)content;
    return 0;
}

int frame_unpack(
    struct unpacker *unpacker, const void *frame, size_t bytes, void *to, size_t content_bytes, struct problem *problem)
{
    size_t unpacked = ZSTD_decompressDCtx((ZSTD_DCtx *)unpacker, to, content_bytes, frame, bytes);
    return unpacked == content_bytes ? 0 : problem_set(problem, "bad-frame", "", "a frame's content is damaged");
}
