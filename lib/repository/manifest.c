#include "lib/repository/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/repository/frame.h"
#include "lib/utf8.h"

#define PATH_TEXT_MAX 4096 /* field `path` */

void manifest_free(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->n_unread; i++)
        free(manifest->unread[i]);
    free(manifest->unread);
}

/* A path is bytes; in JSON it is text. */
static char *printable(const char *path)
{
    size_t bytes = strnlen(path, PATH_TEXT_MAX);
    struct buf text = { .limit_bytes = PATH_TEXT_MAX };
    const char *at = path, *end = path + bytes;
    while (at < end) {
        const char *from = at;
        int32_t character = utf8_next(&at, end);
        if (character < 0)
            at++;
        if (character < 0x20 || character == 0x7f || (character >= 0x80 && character < 0xa0))
            buf_text(&text, "?");
        else
            buf_append(&text, from, (size_t)(at - from));
    }
    return text.data;
}

static int text_of(const struct manifest *manifest, const struct commit *commit, struct buf *ret)
{
    char tree[HEX_BYTES(SHA256_BYTES)];
    struct backup_manifest_row *rows = calloc(manifest->n_unread + 1, sizeof(*rows));
    size_t n = 0, bytes = 0;
    int error = rows ? 0 : -1;
    crypto_hex(manifest->tree_sha256, SHA256_BYTES, tree);
    for (size_t i = 0; !error && i < manifest->n_unread && i < MANIFEST_UNREAD_MAX && bytes < MANIFEST_BYTES_MAX / 2;
         i++) {
        rows[n].path = printable(manifest->unread[i]);
        error = rows[n].path ? 0 : -1;
        bytes += error ? 0 : 2 * strlen(rows[n++].path); /* a backslash or quote takes two */
    }
    const struct backup_manifest record = { .deployment = commit->deployment,
        .agent = commit->agent,
        .backup = commit->backup,
        .hostname = manifest->hostname,
        .tree_sha256 = tree,
        .tree_bytes = manifest->tree_bytes,
        .n_rows = n,
        .rows = rows };
    error = error || message_encode(&backup_manifest_shape, &record, ret);
    while (n)
        free((char *)rows[--n].path);
    free(rows);
    return error ? -1 : 0;
}

int manifest_seal(const struct manifest *manifest, const struct commit *commit, const struct sealing *sealing,
    struct segment *ret_segment, struct sealed *ret,
    struct problem *problem)
{
    struct buf text = { .limit_bytes = MANIFEST_BYTES_MAX }, frame = { 0 };
    struct context context = { .agent = commit->agent, .kind = CONTEXT_MANIFEST };
    struct packer *packer = packer_make();
    uint32_t offset;
    memcpy(context.backup, commit->backup, sizeof(context.backup));
    int error = !packer || text_of(manifest, commit, &text) ||
                segment_make(ret_segment, CONTEXT_BYTES_MAX + frame_bound(text.length));
    if (!error) {
        segment_begin(ret_segment, &context);
        size_t room = frame_bound(text.length);
        char *place = buf_reserve(&frame, room);
        size_t bytes = place ? frame_pack(packer, FRAME_CHECKED, text.data, text.length, place, room) : 0;
        error = !bytes || segment_add(ret_segment, place, bytes, &offset);
        if (error)
            segment_free(ret_segment);
    }
    packer_free(packer);
    buf_free(&frame);
    buf_free(&text);
    if (error)
        return problem_set(problem, "no-memory", "", "no memory for a manifest");
    error = segment_seal(ret_segment, sealing, ret, problem);
    if (error)
        segment_free(ret_segment);
    return error;
}

static int bad(struct problem *problem)
{
    return problem_set(problem, "bad-manifest", "", "the manifest is none of this backup");
}

static int take(const struct backup_manifest *record, const struct commit *commit, struct manifest *ret)
{
    if (strcmp(record->deployment, commit->deployment) || record->agent != commit->agent ||
        strcmp(record->backup, commit->backup) || strlen(record->hostname) >= HOSTNAME_BYTES)
        return -1;
    *ret = (struct manifest){ .tree_bytes = record->tree_bytes };
    strcpy(ret->hostname, record->hostname);
    crypto_unhex(record->tree_sha256, ret->tree_sha256, SHA256_BYTES);
    ret->unread = calloc(record->n_rows + 1, sizeof(*ret->unread));
    for (; ret->unread && ret->n_unread < record->n_rows; ret->n_unread++) {
        if (!(ret->unread[ret->n_unread] = strdup(record->rows[ret->n_unread].path)))
            break;
    }
    if (ret->unread && ret->n_unread == record->n_rows)
        return 0;
    manifest_free(ret);
    return -1;
}

int manifest_parse(
    const char *text, size_t bytes, const struct commit *commit, struct manifest *ret, struct problem *problem)
{
    struct backup_manifest record;
    json_t *json = message_parse(text, bytes, problem);
    int error = !json || message_decode(&backup_manifest_shape, json, &record, problem);
    if (!error) {
        error = take(&record, commit, ret) ? bad(problem) : 0;
        message_free(&backup_manifest_shape, &record);
    }
    json_decref(json);
    return error ? -1 : 0;
}

int manifest_open(const struct bulk_opener *opener, void *object, size_t bytes, const struct commit *commit,
    struct manifest *ret, struct problem *problem)
{
    const struct segment_wanted wanted = { commit->manifest, commit->agent, CONTEXT_MANIFEST };
    struct segment_plain plain;
    size_t frame, content;
    struct unpacker *unpacker = unpacker_make();
    char *text = NULL;
    int error = segment_open(opener, object, bytes, &wanted, &plain, problem) ||
                frame_measure(plain.data + plain.first, plain.bytes - plain.first, &frame, &content, problem);
    if (!error && (frame != plain.bytes - plain.first || content > MANIFEST_BYTES_MAX))
        error = bad(problem);
    if (!error && (!unpacker || !(text = malloc(content + 1))))
        error = problem_set(problem, "no-memory", "", "no memory for a manifest");
    error = error || frame_unpack(unpacker, plain.data + plain.first, frame, text, content, problem) ||
            manifest_parse(text, content, commit, ret, problem);
    free(text);
    unpacker_free(unpacker);
    return error ? -1 : 0;
}
