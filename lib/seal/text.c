#include "lib/seal/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"

#define DAY_MS INT64_C(86400000)

uint32_t seal_day(int64_t wall_ms)
{
    return (uint32_t)(wall_ms / DAY_MS);
}

void seal_day_format(uint32_t day, char ret[SEAL_DAY_BYTES])
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, day * DAY_MS);
    memcpy(ret, time, SEAL_DAY_BYTES - 1);
    ret[SEAL_DAY_BYTES - 1] = '\0';
}

int seal_day_parse(const char *text, uint32_t *ret)
{
    char time[RFC3339_BYTES];
    int64_t wall_ms;
    snprintf(time, sizeof(time), "%.10sT00:00:00Z", text);
    if (clock_parse_rfc3339(time, &wall_ms))
        return -1;
    *ret = seal_day(wall_ms);
    return 0;
}

static bool is_base64(const char *at, const char *end)
{
    while (at < end && (isalnum((unsigned char)*at) || *at == '+' || *at == '/' || *at == '='))
        at++;
    return at == end;
}

/* Behind the prefix: lengths are checked before anything is read, as the text has no NUL. */
static int parse(const char *at, const char *end, struct seal_text *ret)
{
    char head[SEAL_DAY_BYTES + 6 + SEAL_FIELD_BYTES + 1], number[5];
    const char *quote = memchr(at, '"', (size_t)(end - at));
    int length = 0;
    if (!quote)
        return -1;
    snprintf(
        head, sizeof(head), "%.*s", (int)((size_t)(quote - at) < sizeof(head) ? quote - at : (long)sizeof(head)), at);
    if (seal_day_parse(head, &ret->day) ||
        sscanf(head + SEAL_DAY_BYTES - 1, ":%4[0-9]:%32[a-z_]:%n", number, ret->field, &length) != 2 || !length)
        return -1;
    ret->number = (unsigned)strtoul(number, NULL, 10);
    ret->base64 = at + SEAL_DAY_BYTES - 1 + length;
    ret->end = quote;
    /* Else the quote may be one within the text, behind its backslash, and what is put in its place breaks the JSON. */
    return is_base64(ret->base64, quote) ? 0 : -1;
}

int seal_text_find(const char *text, size_t bytes, struct seal_text *ret)
{
    const char *end = text + bytes;
    for (const char *at = text; (at = memmem(at, (size_t)(end - at), SEAL_PREFIX, strlen(SEAL_PREFIX))); at++) {
        struct seal_text found = { .at = at };
        if (parse(at + strlen(SEAL_PREFIX), end, &found))
            continue;
        *ret = found;
        return 0;
    }
    return -1;
}

int seal_text_add(struct buf *out, uint32_t day, unsigned number, const char *field, const void *sealed, size_t bytes)
{
    char date[SEAL_DAY_BYTES];
    seal_day_format(day, date);
    char *place =
        buf_format(out, SEAL_PREFIX "%s:%u:%s:", date, number, field) ? NULL : buf_reserve(out, BASE64_BYTES(bytes));
    if (!place)
        return -1;
    crypto_base64(sealed, bytes, place);
    out->length += strlen(place);
    return 0;
}

int seal_text_hide(const char *text, size_t bytes, struct buf *out)
{
    const char *at = text, *end = text + bytes;
    struct seal_text found;
    while (!seal_text_find(at, (size_t)(end - at), &found)) {
        if (buf_append(out, at, (size_t)(found.at - at)) || buf_text(out, SEAL_UNREADABLE))
            return -1;
        at = found.end;
    }
    if (at == text)
        return 1;
    return buf_append(out, at, (size_t)(end - at));
}
