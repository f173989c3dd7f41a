#include "agent/work/refusals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

static void set_word(char word[REFUSALS_WORD_BYTES], const char *text)
{
    size_t length = strcspn(text, " \n\t");
    if (length >= REFUSALS_WORD_BYTES)
        length = REFUSALS_WORD_BYTES - 1;
    memcpy(word, text, length);
    word[length] = '\0';
}

static bool is_over(const struct refusal *row, int64_t now_ms)
{
    /* A clock that was put back begins an hour, too. */
    return !row->more && (now_ms - row->since_ms >= REFUSALS_WINDOW_MS || now_ms < row->since_ms);
}

/* The row of these words, or a free one; the last one is for all that have none. */
static struct refusal *find(struct refusals *refusals, const char *kind, const char *code, int64_t now_ms)
{
    struct refusal *free_one = NULL;
    for (size_t i = 0; i < REFUSALS_MAX - 1; i++) {
        struct refusal *row = &refusals->rows[i];
        if (!row->since_ms || is_over(row, now_ms))
            free_one = free_one ? free_one : row;
        if (row->since_ms && !strcmp(row->kind, kind) && !strcmp(row->code, code))
            return row;
    }
    if (free_one)
        free_one->since_ms = 0;
    return free_one ? free_one : &refusals->rows[REFUSALS_MAX - 1];
}

bool refusals_take(struct refusals *refusals, const char *kind, const char *code, int64_t now_ms)
{
    char words[2][REFUSALS_WORD_BYTES];
    set_word(words[0], *kind ? kind : "-");
    set_word(words[1], *code ? code : "-");
    struct refusal *row = find(refusals, words[0], words[1], now_ms);
    bool is_other = row == &refusals->rows[REFUSALS_MAX - 1];
    if (!row->since_ms || is_over(row, now_ms)) {
        *row = (struct refusal){ .since_ms = now_ms };
        set_word(row->kind, is_other ? "others" : words[0]);
        set_word(row->code, is_other ? "others" : words[1]);
    }
    if (row->lines < REFUSALS_LINES) {
        row->lines++;
        return true;
    }
    row->more++;
    return false;
}

const struct refusal *refusals_counted(struct refusals *refusals, uint64_t *ret_more)
{
    for (size_t i = 0; i < REFUSALS_MAX; i++) {
        if (!refusals->rows[i].more)
            continue;
        *ret_more = refusals->rows[i].more;
        refusals->rows[i].more = 0;
        return &refusals->rows[i];
    }
    return NULL;
}

/* What a kill left uncounted is lost; what is here was written. */
void refusals_parse(const char *text, size_t bytes, struct refusals *ret)
{
    const char *end = text + bytes;
    size_t n = 0;
    *ret = (struct refusals){ 0 };
    for (const char *line = text, *stop; n < REFUSALS_MAX && (stop = memchr(line, '\n', (size_t)(end - line)));
         line = stop + 1) {
        struct refusal row = { 0 };
        char one[160];
        if ((size_t)(stop - line) >= sizeof(one))
            continue;
        memcpy(one, line, (size_t)(stop - line));
        one[stop - line] = '\0';
        if (sscanf(one, "%" SCNd64 " %" SCNu32 " %47s %47s", &row.since_ms, &row.lines, row.kind, row.code) == 4 &&
            row.since_ms > 0)
            ret->rows[n++] = row;
    }
}

int refusals_save(const struct refusals *refusals, const char *file, struct problem *problem)
{
    struct buf text = { 0 };
    for (size_t i = 0; i < REFUSALS_MAX; i++) {
        const struct refusal *row = &refusals->rows[i];
        if (row->since_ms)
            buf_format(&text, "%" PRId64 " %" PRIu32 " %s %s\n", row->since_ms, row->lines, row->kind, row->code);
    }
    int error = text.failed ? problem_set(problem, "no-memory", "", "no memory")
                            : file_write(file, text.data ? text.data : "", text.length, 0600, problem);
    buf_free(&text);
    return error;
}
