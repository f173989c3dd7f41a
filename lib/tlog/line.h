/* The lines that notes, checkpoints and receipts consist of. Nothing is forgiven: each value has one way to be
 * written. */
#ifndef VEDETTE_TLOG_LINE_H
#define VEDETTE_TLOG_LINE_H

#include "lib/tlog/tlog.h"

struct tlog_line {
    const char *text; /* not ended by NUL, without its line end */
    size_t bytes;
};

/* The line at *at, and *at behind its end. False if nothing is left or the last line has no end. */
bool tlog_line_next(const char **at, const char *end, struct tlog_line *ret);
/* Does it begin so? Then it is what follows. */
bool tlog_line_after(struct tlog_line *, const char *prefix);
/* All of it a number in decimal without leading zeroes, at most TLOG_SIZE_MAX; a hash in base64. */
int tlog_line_number(struct tlog_line, uint64_t *ret);
int tlog_line_hash(struct tlog_line, uint8_t ret[TLOG_HASH_BYTES]);

#endif
