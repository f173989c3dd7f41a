#include "agent/work/backup_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

#define PACE_WEIGHT 0.3 /* of the newest rate: what is told does not jump with every large file */
#define LEFT_S_MAX INT64_C(31536000)

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

static bool numbers(const char *at, uint64_t *const *ret, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!number(&at, ret[i]))
            return false;
    }
    return !*at;
}

/* Names of files stand in it, and people and servers read it: what is no plain text there becomes a question mark. */
static void sentence(const char *at, char ret[ORDERED_REASON_BYTES])
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
        if (length + bytes >= ORDERED_REASON_BYTES)
            break;
        memcpy(ret + length, plain ? begin : "?", bytes);
        length += bytes;
    }
    ret[length] = '\0';
}

/* A word of our own program; it is told to the server, so it has the form of one. */
static bool failure(const char *at, struct backup_said *said)
{
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (!length || length >= sizeof(said->code) || at[length] != ' ')
        return false;
    memcpy(said->code, at, length);
    sentence(at + length + 1, said->reason);
    return true;
}

static bool take(const char *line, struct backup_said *said)
{
    static const struct {
        const char *begin;
        enum backup_word word;
        size_t n;
    } forms[] = { { "expect ", BACKUP_SAYS_EXPECT, 2 }, { "progress ", BACKUP_SAYS_PROGRESS, 3 },
        { "done ", BACKUP_SAYS_DONE, 3 }, { "failed ", BACKUP_SAYS_FAILED, 0 } };
    uint64_t *const places[] = { &said->files, &said->content_bytes, &said->new_bytes };
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        size_t length = strlen(forms[i].begin);
        if (strncmp(line, forms[i].begin, length))
            continue;
        said->word = forms[i].word;
        return forms[i].n ? numbers(line + length, places, forms[i].n) : failure(line + length, said);
    }
    return false;
}

void backup_line(const char *line, struct backup_said *ret)
{
    struct backup_said said = { 0 };
    *ret = (struct backup_said){ 0 };
    if (take(line, &said))
        *ret = said;
}

void backup_pace_add(struct backup_pace *pace, uint64_t bytes, int64_t now_ms)
{
    int64_t passed_ms = now_ms - pace->since_ms;
    if (pace->since_ms && passed_ms <= 0)
        return;
    if (pace->since_ms) {
        double rate = (double)(bytes > pace->bytes ? bytes - pace->bytes : 0) * 1000 / (double)passed_ms;
        pace->bytes_s = pace->bytes_s > 0 ? pace->bytes_s + PACE_WEIGHT * (rate - pace->bytes_s) : rate;
    }
    pace->since_ms = now_ms;
    pace->bytes = bytes;
}

int64_t backup_pace_left_s(const struct backup_pace *pace, uint64_t expected_bytes)
{
    if (pace->bytes_s < 1 || expected_bytes <= pace->bytes)
        return -1;
    double left_s = (double)(expected_bytes - pace->bytes) / pace->bytes_s;
    return left_s < (double)LEFT_S_MAX ? (int64_t)left_s : LEFT_S_MAX;
}

int64_t backup_tell_after_ms(int64_t ran_ms)
{
    return ran_ms < 60000 ? 5000 : ran_ms < 600000 ? 15000 : 60000;
}
