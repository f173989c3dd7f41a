/*
 * How a sealed text stands in an entry of the log: sealed:<day>:<number>:<field>:<base64>, to the end of its string.
 * Field is the one of fields.def that it is of, number tells it from the entry's others. Pure.
 */
#ifndef VEDETTE_SEAL_TEXT_H
#define VEDETTE_SEAL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define SEAL_PREFIX "sealed:"
#define SEAL_FIELD_BYTES 33
#define SEAL_DAY_BYTES 11        /* "2026-11-22" and NUL */
#define SEAL_NUMBER_MAX 9999     /* of one entry */
#define SEAL_UNREADABLE "sealed" /* what stands for one to who has no keys */
#define SEAL_ERASED "erased"     /* and when the key is gone */

struct seal_text {
    const char *at, *end; /* from its first character to behind its last */
    uint32_t day;         /* since 1970, UTC */
    unsigned number;
    char field[SEAL_FIELD_BYTES];
    const char *base64; /* up to end */
};

/* The first one in the text; -1: there is none. */
int seal_text_find(const char *text, size_t bytes, struct seal_text *ret);
int seal_text_add(struct buf *, uint32_t day, unsigned number, const char *field, const void *sealed, size_t bytes);
/* A copy with SEAL_UNREADABLE in the place of each. 1: there was none, nothing was appended. -1: no memory. */
int seal_text_hide(const char *text, size_t bytes, struct buf *);

uint32_t seal_day(int64_t wall_ms);
void seal_day_format(uint32_t day, char ret[SEAL_DAY_BYTES]);
/* Of a text that begins with a day. */
int seal_day_parse(const char *text, uint32_t *ret);

#endif
