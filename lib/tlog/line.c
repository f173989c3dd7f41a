#include "lib/tlog/line.h"

#include <string.h>

bool tlog_line_next(const char **at, const char *end, struct tlog_line *ret)
{
    const char *stop = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    if (!stop)
        return false;
    *ret = (struct tlog_line){ *at, (size_t)(stop - *at) };
    *at = stop + 1;
    return true;
}

bool tlog_line_after(struct tlog_line *line, const char *prefix)
{
    size_t length = strlen(prefix);
    if (line->bytes < length || memcmp(line->text, prefix, length))
        return false;
    line->text += length;
    line->bytes -= length;
    return true;
}

int tlog_line_number(struct tlog_line line, uint64_t *ret)
{
    uint64_t number = 0;
    /* 19 digits stay far below 2^64, so that nothing wraps. */
    if (!line.bytes || line.bytes > 19 || (line.bytes > 1 && line.text[0] == '0'))
        return -1;
    for (size_t i = 0; i < line.bytes; i++) {
        if (line.text[i] < '0' || line.text[i] > '9')
            return -1;
        number = number * 10 + (uint64_t)(line.text[i] - '0');
    }
    if (number > TLOG_SIZE_MAX)
        return -1;
    *ret = number;
    return 0;
}

int tlog_line_hash(struct tlog_line line, uint8_t ret[TLOG_HASH_BYTES])
{
    uint8_t hash[TLOG_HASH_BYTES];
    size_t bytes;
    if (crypto_unbase64(line.text, line.bytes, hash, sizeof(hash), &bytes) || bytes != sizeof(hash))
        return -1;
    memcpy(ret, hash, sizeof(hash));
    return 0;
}
