#include "cli/keyserver/newest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

#define LINE_BYTES 160 /* id, version, hash and time */

static int take_line(const char *line, struct newest_seen *ret)
{
    char sha256[HEX_BYTES(SHA256_BYTES)];
    int end = 0;
    int n = sscanf(line, "%32[0-9a-f] %" SCNu32 " %64[0-9a-f] %" SCNd64 "%n", ret->document, &ret->version, sha256,
        &ret->keep_until_ms, &end);
    return n == 4 && line[end] == '\n' && !crypto_unhex(sha256, ret->sha256, SHA256_BYTES) ? 0 : -1;
}

static int take(struct newest *newest, const char *text)
{
    for (; *text; text = strchr(text, '\n') + 1) {
        if (newest->n == NEWEST_MAX || take_line(text, &newest->seen[newest->n]))
            return -1;
        newest->n++;
    }
    return 0;
}

int newest_load(struct newest *newest, const char *path, struct problem *problem)
{
    char *text;
    size_t bytes;
    newest->n = 0;
    snprintf(newest->path, sizeof(newest->path), "%s", path);
    int status = file_read_if_any(path, NEWEST_MAX * LINE_BYTES, &text, &bytes, problem);
    if (status)
        return status < 0 ? -1 : 0;
    int error = take(newest, text);
    free(text);
    return error ? problem_set(problem, "bad-state", path, "%s does not say which versions were seen", path) : 0;
}

static int save(const struct newest *newest, struct problem *problem)
{
    struct buf text = { .limit_bytes = NEWEST_MAX * LINE_BYTES };
    char sha256[HEX_BYTES(SHA256_BYTES)];
    for (size_t i = 0; i < newest->n; i++) {
        const struct newest_seen *one = &newest->seen[i];
        crypto_hex(one->sha256, SHA256_BYTES, sha256);
        buf_format(&text, "%s %" PRIu32 " %s %" PRId64 "\n", one->document, one->version, sha256, one->keep_until_ms);
    }
    int error = text.failed ? problem_set(problem, "no-memory", "", "no memory for versions")
                            : file_write(newest->path, text.data, text.length, 0600, problem);
    buf_free(&text);
    return error;
}

const struct newest_seen *newest_find(const struct newest *newest, const char *document)
{
    for (size_t i = 0; i < newest->n; i++) {
        if (!strcmp(newest->seen[i].document, document))
            return &newest->seen[i];
    }
    return NULL;
}

static void forget_expired(struct newest *newest, int64_t now_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < newest->n; i++) {
        if (newest->seen[i].keep_until_ms > now_ms)
            newest->seen[n++] = newest->seen[i];
    }
    newest->n = n;
}

int newest_note(struct newest *newest, const struct document_head *head, const uint8_t sha256[SHA256_BYTES],
    int64_t now_ms, struct problem *problem)
{
    forget_expired(newest, now_ms);
    const struct newest_seen *known = newest_find(newest, head->document);
    size_t n = newest->n, at = known ? (size_t)(known - newest->seen) : n;
    if (known && known->version == head->version)
        return 0;
    if (at == NEWEST_MAX)
        return problem_set(problem, "too-many", "", "%d restores are good already", NEWEST_MAX);
    const struct newest_seen before = newest->seen[at];
    struct newest_seen *next = &newest->seen[at];
    next->version = head->version;
    next->keep_until_ms = known && known->keep_until_ms > head->expires ? known->keep_until_ms : head->expires;
    snprintf(next->document, sizeof(next->document), "%s", head->document);
    memcpy(next->sha256, sha256, SHA256_BYTES);
    newest->n += !known;
    if (!save(newest, problem))
        return 0;
    newest->seen[at] = before;
    newest->n = n;
    return -1;
}
