#include "lib/repository/commit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/calendar/civil.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/repository/digits.h"

#define HEAD_BYTES_MAX 4096                       /* some 900 in fact */
#define LINE_BYTES_MIN (2 + 2 * SHA256_BYTES + 5) /* "C <digits> 1 1\n" */

void commit_free(struct commit *commit)
{
    free(commit->segments);
    commit->segments = NULL;
    commit->n_segments = 0;
}

static int head_text(const struct commit *commit, struct buf *ret)
{
    char slot[DATE_BYTES], kept_until[DATE_BYTES], previous[HEX_BYTES(SHA256_BYTES)], manifest[HEX_BYTES(SHA256_BYTES)];
    char mark[HEX_BYTES(BULK_MARK_BYTES)];
    civil_text(commit->slot, slot);
    civil_text(commit->kept_until, kept_until);
    crypto_hex(commit->previous, SHA256_BYTES, previous);
    crypto_hex(commit->manifest, SHA256_BYTES, manifest);
    crypto_hex(commit->manifest_mark, BULK_MARK_BYTES, mark);
    const struct backup_commit head = { .deployment = commit->deployment,
        .agent = commit->agent,
        .backup = commit->backup,
        .backup_class = (int)commit->class,
        .slot = slot,
        .kept_until = kept_until,
        .zone = commit->zone[0] ? commit->zone : NULL,
        .base = commit->base[0] ? commit->base : NULL,
        .previous_sha256 = commit->has_previous ? previous : NULL,
        .anchor = commit->anchor,
        .began = commit->began_ms,
        .time = commit->ended_ms,
        .manifest_sha256 = manifest,
        .manifest_bytes = commit->manifest_bytes,
        .manifest_mark = commit->manifest_marked ? mark : NULL,
        .files = commit->files,
        .changed_files = commit->changed_files,
        .content_bytes = commit->content_bytes,
        .new_bytes = commit->new_bytes,
        .unsteady_files = commit->unsteady_files,
        .unread_files = commit->unread_files,
        .segments = (uint32_t)commit->n_segments };
    return message_encode(&backup_commit_shape, &head, ret);
}

int commit_text(const struct commit *commit, struct buf *ret)
{
    if (head_text(commit, ret) || buf_text(ret, "\n"))
        return -1;
    for (size_t i = 0; i < commit->n_segments; i++) {
        const struct commit_segment *segment = &commit->segments[i];
        char hex[HEX_BYTES(SHA256_BYTES)];
        char mark[1 + HEX_BYTES(BULK_MARK_BYTES)] = "";
        crypto_hex(segment->sha256, SHA256_BYTES, hex);
        if (segment->marked) {
            mark[0] = ' ';
            crypto_hex(segment->mark, BULK_MARK_BYTES, mark + 1);
        }
        if (buf_format(ret, "%c %s %" PRIu32 " %" PRIu32 "%s\n", (char)segment->kind, hex, segment->bytes,
                segment->live_bytes, mark))
            return -1;
    }
    return 0;
}

static int bad(struct problem *problem, const char *what)
{
    return problem_set(problem, "bad-commit", what, "this is no commit: %s", what);
}

/* Decimal, without a zero before it, up to a blank or a line's end; *at moves behind that, which *ret_last is. */
static int number(const char **at, const char *end, uint32_t most, uint32_t *ret, char *ret_last)
{
    const char *from = *at;
    uint64_t value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && value <= most)
        value = value * 10 + (uint64_t)(*(*at)++ - '0');
    if (*at == from || (*from == '0' && *at != from + 1) || value > most || *at == end)
        return -1;
    *ret = (uint32_t)value;
    *ret_last = *(*at)++;
    return *ret_last == ' ' || *ret_last == '\n' ? 0 : -1;
}

static int take_mark(const char **at, const char *end, struct commit_segment *ret)
{
    const char *from = *at;
    if (end - from <= 2 * BULK_MARK_BYTES || from[2 * BULK_MARK_BYTES] != '\n' ||
        digits_read(from, ret->mark, BULK_MARK_BYTES))
        return -1;
    *at += 2 * BULK_MARK_BYTES + 1;
    ret->marked = true;
    return 0;
}

static int line(const char **at, const char *end, struct commit_segment *ret)
{
    const char *from = *at;
    char last;
    if (end - from < LINE_BYTES_MIN || !from[0] || !strchr("TCD", from[0]) || from[1] != ' ' ||
        from[2 + 2 * SHA256_BYTES] != ' ' || digits_read(from + 2, ret->sha256, SHA256_BYTES))
        return -1;
    ret->kind = (enum segment_kind)from[0];
    *at = from + 2 + 2 * SHA256_BYTES + 1;
    if (number(at, end, OBJECT_BYTES_MAX, &ret->bytes, &last) || last != ' ' || !ret->bytes ||
        number(at, end, OBJECT_BYTES_MAX, &ret->live_bytes, &last))
        return -1;
    return last == ' ' ? take_mark(at, end, ret) : 0;
}

static int lines(const char *at, const char *end, struct commit *commit, struct problem *problem)
{
    if ((size_t)(end - at) / LINE_BYTES_MIN < commit->n_segments)
        return bad(problem, "segments are missing");
    commit->segments = calloc(commit->n_segments, sizeof(*commit->segments));
    if (!commit->segments)
        return problem_set(problem, "no-memory", "", "no memory for a commit");
    for (size_t i = 0; i < commit->n_segments; i++) {
        if (line(&at, end, &commit->segments[i]))
            return bad(problem, "a line of a segment");
    }
    return at == end ? 0 : bad(problem, "something follows");
}

static int take_dates(const struct backup_commit *head, struct commit *commit, struct problem *problem)
{
    if (civil_parse(head->slot, &commit->slot))
        return bad(problem, "slot");
    if (head->zone && strlen(head->zone) >= sizeof(commit->zone))
        return bad(problem, "zone");
    strcpy(commit->zone, head->zone ? head->zone : "");
    return civil_parse(head->kept_until, &commit->kept_until) ? bad(problem, "kept_until") : 0;
}

static int take_head(const struct backup_commit *head, struct commit *commit, struct problem *problem)
{
    *commit = (struct commit){ .agent = head->agent,
        .class = (enum backup_class)head->backup_class,
        .has_previous = head->previous_sha256 != NULL,
        .anchor = head->anchor,
        .began_ms = head->began,
        .ended_ms = head->time,
        .manifest_bytes = head->manifest_bytes,
        .manifest_marked = head->manifest_mark != NULL,
        .files = head->files,
        .changed_files = head->changed_files,
        .content_bytes = head->content_bytes,
        .new_bytes = head->new_bytes,
        .unsteady_files = head->unsteady_files,
        .unread_files = head->unread_files,
        .n_segments = head->segments };
    strcpy(commit->deployment, head->deployment); /* the shape has counted these */
    strcpy(commit->backup, head->backup);
    strcpy(commit->base, head->base ? head->base : "");
    if (head->previous_sha256)
        crypto_unhex(head->previous_sha256, commit->previous, SHA256_BYTES);
    crypto_unhex(head->manifest_sha256, commit->manifest, SHA256_BYTES);
    if (head->manifest_mark)
        crypto_unhex(head->manifest_mark, commit->manifest_mark, BULK_MARK_BYTES);
    return take_dates(head, commit, problem);
}

int commit_parse(const char *text, size_t bytes, struct commit *ret, struct problem *problem)
{
    const char *end = text + bytes, *rest = memchr(text, '\n', bytes < HEAD_BYTES_MAX ? bytes : HEAD_BYTES_MAX);
    struct backup_commit head;
    struct commit commit = { 0 };
    json_t *json = rest ? message_parse(text, (size_t)(rest - text), problem) : NULL;
    if (!rest)
        return bad(problem, "it has no head");
    int error = !json || message_decode(&backup_commit_shape, json, &head, problem);
    if (!error) {
        error = take_head(&head, &commit, problem) || lines(rest + 1, end, &commit, problem);
        message_free(&backup_commit_shape, &head);
    }
    json_decref(json);
    if (error)
        commit_free(&commit);
    else
        *ret = commit;
    return error ? -1 : 0;
}
