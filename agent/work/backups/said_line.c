#include "agent/work/backups/said_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

static void end_line(struct said_lines *lines, void (*take)(void *arg, const char *line), void *arg)
{
    lines->line[lines->length] = '\0';
    if (!lines->overlong)
        take(arg, lines->line);
    lines->length = 0;
    lines->overlong = false;
}

void said_lines_add(
    struct said_lines *lines, const char *bytes, size_t count, void (*take)(void *arg, const char *line), void *arg)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            end_line(lines, take, arg);
        } else if (lines->length == SAID_LINE_BYTES - 1) {
            lines->length = 0;
            lines->overlong = true;
        } else {
            lines->line[lines->length++] = bytes[i];
        }
    }
}

/* Decimal digits, and a blank or the end behind them. */
static bool number(const char **at, uint64_t *ret)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    *ret = strtoull(*at, &end, 10);
    if (*end && *end != ' ')
        return false;
    *at = end + (*end == ' ');
    return true;
}

bool said_numbers(const char *at, uint64_t *const *ret, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!number(&at, ret[i]))
            return false;
    }
    return !*at;
}

/* Names of files stand in it, and people and servers read it: what is no plain text there becomes a question mark. */
static void sentence(const char *at, char ret[SAID_REASON_BYTES])
{
    const char *end = at + strlen(at);
    size_t length = 0;
    while (at < end) {
        const char *begin = at;
        int32_t character = utf8_next(&at, end);
        bool plain = character >= ' ' && character != 0x7f && !utf8_is_hidden(character);
        size_t bytes = plain ? (size_t)(at - begin) : 1;
        if (character < 0)
            at++;
        if (length + bytes >= SAID_REASON_BYTES)
            break;
        memcpy(ret + length, plain ? begin : "?", bytes);
        length += bytes;
    }
    ret[length] = '\0';
}

/* A word of our own program; it is told to the server, so it has the form of one. */
bool said_failure(const char *at, char ret_code[SAID_CODE_BYTES], char ret_reason[SAID_REASON_BYTES])
{
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (!length || length >= SAID_CODE_BYTES || at[length] != ' ')
        return false;
    memcpy(ret_code, at, length);
    ret_code[length] = '\0';
    sentence(at + length + 1, ret_reason);
    return true;
}
