#include "lib/repository/reader.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/sum.h"
#include "lib/sha256.h"

int reader_make(
    struct reader *reader, struct target *target, const struct reader_key *key, const struct commit *commit)
{
    *reader = (struct reader){ .target = target,
        .key = key,
        .commit = commit,
        .unpacker = unpacker_make(),
        .object.limit_bytes = OBJECT_BYTES_MAX,
        .content = malloc(FRAME_CONTENT_MAX),
        .offset = UINT32_MAX };
    if (reader->unpacker && reader->content)
        return 0;
    reader_free(reader);
    return -1;
}

void reader_free(struct reader *reader)
{
    unpacker_free(reader->unpacker);
    buf_free(&reader->object);
    free(reader->content);
}

static int opener_for(const struct reader *reader, size_t number, struct bulk_opener *ret, struct problem *problem)
{
    const struct reader_key *key = reader->key;
    const struct commit *commit = reader->commit;
    *ret = (struct bulk_opener){ .own = key->own, .owner = key->owner };
    if (number == commit->n_segments)
        ret->mark = commit->manifest_marked ? commit->manifest_mark : NULL;
    else
        ret->mark = commit->segments[number].marked ? commit->segments[number].mark : NULL;
    if (!key->each)
        return 0;
    if (!key->each[number].bytes)
        return problem_set(problem, "no-key", "", "the restore key service was not asked for the key of a segment");
    ret->recipients = key->each[number].recipients;
    ret->recipients_bytes = key->each[number].bytes;
    return 0;
}

int reader_segment(struct reader *reader, uint32_t segment, struct problem *problem)
{
    const struct commit_segment *wanted = &reader->commit->segments[segment];
    char name[OBJECT_NAME_BYTES];
    name_segment(name, reader->commit->agent, wanted->sha256);
    struct bulk_opener opener;
    reader->offset = UINT32_MAX;
    if (opener_for(reader, segment, &opener, problem) ||
        object_fetch(reader->target, name, &reader->object, problem) != TARGET_DONE)
        return -1;
    const struct segment_wanted named = { wanted->sha256, reader->commit->agent, (char)wanted->kind };
    if (!segment_open(&opener, reader->object.data, reader->object.length, &named, &reader->plain, problem))
        return 0;
    if (problem)
        snprintf(problem->field, sizeof(problem->field), "%.63s", strrchr(name, '/') + 1);
    return -1;
}

int reader_frame(struct reader *reader, uint32_t offset, size_t *ret_next, struct problem *problem)
{
    size_t frame, content;
    if (offset < reader->plain.first || offset >= reader->plain.bytes)
        return problem_set(problem, "bad-frame", "", "there is no such frame");
    if (frame_measure(reader->plain.data + offset, reader->plain.bytes - offset, &frame, &content, problem))
        return -1;
    *ret_next = offset + frame;
    if (offset == reader->offset)
        return 0;
    reader->offset = UINT32_MAX;
    if (frame_unpack(reader->unpacker, reader->plain.data + offset, frame, reader->content, content, problem))
        return -1;
    reader->offset = offset;
    reader->content_bytes = content;
    return 0;
}

int reader_piece(
    struct reader *reader, const struct node_piece *piece, const uint8_t **ret, struct problem *problem)
{
    size_t next;
    if (reader_frame(reader, piece->offset, &next, problem))
        return -1;
    if (piece->skip > reader->content_bytes || piece->length > reader->content_bytes - piece->skip)
        return problem_set(problem, "bad-tree", "", "the tree makes no sense: content beyond a frame");
    if (sum_of(reader->content + piece->skip, (size_t)piece->length) != piece->sum)
        return problem_set(problem, "wrong-content", "", "what is stored is not what was read");
    *ret = reader->content + piece->skip;
    return 0;
}

int reader_manifest(struct reader *reader, struct manifest *ret, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    name_of_backup(name, reader->commit->agent, OBJECT_MANIFEST, reader->commit->backup);
    struct bulk_opener opener;
    return opener_for(reader, reader->commit->n_segments, &opener, problem) ||
                   object_fetch(reader->target, name, &reader->object, problem) != TARGET_DONE ||
                   manifest_open(&opener, reader->object.data, reader->object.length, reader->commit, ret, problem)
               ? -1
               : 0;
}

static int add_segment(
    struct reader *reader, uint32_t segment, struct sha256 *sha256, struct nodes *nodes, struct problem *problem)
{
    if (reader_segment(reader, segment, problem))
        return -1;
    for (size_t at = reader->plain.first; at < reader->plain.bytes;) {
        if (reader_frame(reader, (uint32_t)at, &at, problem) ||
            nodes_add(nodes, reader->commit, reader->content, reader->content_bytes, problem))
            return -1;
        sha256_add(sha256, reader->content, reader->content_bytes);
    }
    return 0;
}

int reader_tree(struct reader *reader, const struct manifest *manifest, struct nodes *ret, struct problem *problem)
{
    struct sha256 sha256;
    uint8_t found[SHA256_BYTES];
    if (nodes_make(ret))
        return problem_set(problem, "no-memory", "", "no memory for the tree");
    sha256_begin(&sha256);
    int error = 0;
    for (uint32_t i = 0; i < reader->commit->n_segments && !error; i++) {
        if (reader->commit->segments[i].kind == SEGMENT_TREE)
            error = add_segment(reader, i, &sha256, ret, problem);
    }
    sha256_end(&sha256, found);
    if (!error && memcmp(found, manifest->tree_sha256, sizeof(found)))
        error = problem_set(problem, "bad-tree", "", "the tree is not the one of the manifest");
    error = error || nodes_end(ret, reader->commit, problem);
    if (error)
        nodes_free(ret);
    return error ? -1 : 0;
}
