/*
 * What a reader of a log remembers, compared with what it is shown: a consistency proof between two sizes, as text.
 * There is no format of C2SP's for one alone; this has the lines of a tlog-witness request:
 *
 *     old <size>
 *     size <size>
 *     a hash a line, in base64
 */
#ifndef VEDETTE_TLOG_GROWTH_H
#define VEDETTE_TLOG_GROWTH_H

#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof.h"

struct tlog_growth {
    uint64_t old_size, size;
    struct tlog_proof proof;
};

#define TLOG_GROWTH_BYTES 3200 /* 64 hashes and two sizes */

int tlog_growth_format(struct buf *, const struct tlog_growth *);
/* Form only. */
int tlog_growth_parse(const char *data, size_t bytes, struct tlog_growth *ret, struct problem *);

/* Are both checkpoints of one log's history? Whichever is older; of one origin. growth: between their sizes; NULL: none
 * came. Of one size they need none. */
enum tlog_growth_verdict tlog_growth_judge(
    const struct tlog_checkpoint *, const struct tlog_checkpoint *, const struct tlog_growth *);

#endif
