#include "lib/repository/increment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/frame.h"
#include "lib/sha256.h"

#define STATEMENT_BYTES 256       /* the line */
#define STATEMENT_OBJECT_MAX 8192 /* with signature and certificate: 1 KiB */
#define FRAME_CHANGES (4u << 20)  /* of changes in one frame */

static int statement_text(
    const struct increment *increment, const uint8_t changes[SHA256_BYTES], char ret[STATEMENT_BYTES])
{
    char previous[HEX_BYTES(SHA256_BYTES)], hash[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(increment->previous, SHA256_BYTES, previous);
    crypto_hex(changes, SHA256_BYTES, hash);
    return snprintf(ret, STATEMENT_BYTES,
        REPOSITORY_FORMAT " increment %" PRIu32 " %s %" PRIu32 " %" PRId64 " %s %s %s\n", increment->agent,
        increment->backup, increment->number, increment->time_ms, increment->whole ? "whole" : "more", previous, hash);
}

static int add_frame(struct segment *segment, struct packer *packer, const void *content, size_t bytes)
{
    size_t left = segment->room - segment->length;
    size_t packed = frame_pack(packer, FRAME_CHECKED, content, bytes, segment->data + segment->length, left);
    segment->length += packed;
    return packed ? 0 : -1;
}

static int fill(
    struct segment *segment, struct packer *packer, const struct buf *statement, const uint8_t *changes, size_t bytes)
{
    if (add_frame(segment, packer, statement->data, statement->length))
        return -1;
    for (size_t at = 0, part; at < bytes; at += part) {
        part = bytes - at < FRAME_CHANGES ? bytes - at : FRAME_CHANGES;
        if (add_frame(segment, packer, changes + at, part))
            return -1;
    }
    return 0;
}

static size_t room_for(size_t changes_bytes)
{
    return CONTEXT_BYTES_MAX + frame_bound(STATEMENT_OBJECT_MAX) + frame_bound(changes_bytes) +
           frame_bound(0) * (changes_bytes / FRAME_CHANGES + 1);
}

int increment_seal(const struct increment *increment, const void *changes, size_t bytes,
    const struct envelope_key *sign, const struct sealing *sealing, struct segment *ret_segment, struct sealed *ret,
    struct problem *problem)
{
    struct context context = { .agent = increment->agent, .kind = CONTEXT_INCREMENT };
    struct buf statement = { .limit_bytes = STATEMENT_OBJECT_MAX };
    char text[STATEMENT_BYTES];
    uint8_t hash[SHA256_BYTES];
    struct packer *packer = packer_make();
    struct segment segment;
    memcpy(context.backup, increment->backup, sizeof(context.backup));
    sha256_of(changes, bytes, hash);
    int length = statement_text(increment, hash, text);
    if (!packer || segment_make(&segment, room_for(bytes))) {
        packer_free(packer);
        return problem_set(problem, "no-memory", "", "no memory for an increment");
    }
    segment_begin(&segment, &context);
    int error = envelope_statement_sign(sign, text, (size_t)length, &statement, problem);
    if (!error && fill(&segment, packer, &statement, changes, bytes))
        error = problem_set(problem, "no-memory", "", "no memory for an increment");
    error = error || segment_seal(&segment, sealing, ret, problem);
    packer_free(packer);
    buf_free(&statement);
    if (error)
        segment_free(&segment);
    else
        *ret_segment = segment;
    return error ? -1 : 0;
}

static int bad(struct problem *problem)
{
    return problem_set(problem, "bad-increment", "", "it is none of this backup, or not as it was signed");
}

/* What was read is written again, and must be the same. */
static int take_statement(const struct buf *text, const uint8_t changes[SHA256_BYTES], struct increment *increment)
{
    struct increment found = *increment;
    char word[8], previous[HEX_BYTES(SHA256_BYTES)], again[STATEMENT_BYTES];
    if (text->length >= STATEMENT_BYTES ||
        sscanf(text->data, REPOSITORY_FORMAT " increment %*10u %*32s %*10u %" SCNd64 " %7s %64[0-9a-f]", &found.time_ms,
            word, previous) != 3 ||
        crypto_unhex(previous, found.previous, SHA256_BYTES))
        return -1;
    found.whole = !strcmp(word, "whole");
    size_t length = (size_t)statement_text(&found, changes, again);
    if (length != text->length || memcmp(again, text->data, length))
        return -1;
    *increment = found;
    return 0;
}

/* Append the content of the frame at *at, which moves behind it. */
static int unpack(
    struct unpacker *unpacker, const uint8_t **at, const uint8_t *end, struct buf *ret, struct problem *problem)
{
    size_t frame, content;
    if (frame_measure(*at, (size_t)(end - *at), &frame, &content, problem))
        return -1;
    char *place = buf_reserve(ret, content + 1);
    if (!place)
        return problem_set(problem, "bad-increment", "", "it holds more than one may, or there is no memory");
    if (frame_unpack(unpacker, *at, frame, place, content, problem))
        return -1;
    ret->length += content;
    ret->data[ret->length] = '\0';
    *at += frame;
    return 0;
}

static int read_frames(
    const uint8_t *at, const uint8_t *end, struct buf *object, struct buf *changes, struct problem *problem)
{
    struct unpacker *unpacker = unpacker_make();
    int error = unpacker ? unpack(unpacker, &at, end, object, problem)
                         : problem_set(problem, "no-memory", "", "no memory for an increment");
    while (!error && at < end)
        error = unpack(unpacker, &at, end, changes, problem);
    unpacker_free(unpacker);
    return error;
}

int increment_open(const struct envelope_key *own, void *object, size_t bytes, struct increment *increment,
    struct buf *ret_changes, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *problem)
{
    struct buf signed_object = { .limit_bytes = STATEMENT_OBJECT_MAX }, text = { .limit_bytes = STATEMENT_OBJECT_MAX };
    struct buf changes = { .limit_bytes = INCREMENT_CHANGES_MAX + 1 };
    uint8_t hash[SHA256_BYTES];
    const struct segment_wanted wanted = { hash, increment->agent, CONTEXT_INCREMENT };
    struct segment_plain plain;
    struct context context;
    size_t first;
    sha256_of(object, bytes, hash); /* the name's hash is the caller's to compare; here everything is signed */
    int error = segment_open(&(struct bulk_opener){ .own = own }, object, bytes, &wanted, &plain, problem);
    if (!error &&
        (context_read(plain.data, plain.bytes, &context, &first) || strcmp(context.backup, increment->backup)))
        error = bad(problem);
    error = error ||
            read_frames(plain.data + plain.first, plain.data + plain.bytes, &signed_object, &changes, problem) ||
            envelope_statement_open(signed_object.data, signed_object.length, &text, ret_signer, problem);
    if (!error) {
        sha256_of(changes.data ? changes.data : "", changes.length, hash);
        error = take_statement(&text, hash, increment) ? bad(problem) : 0;
    }
    if (!error && changes.length && buf_append(ret_changes, changes.data, changes.length))
        error = problem_set(problem, "no-memory", "", "no memory for an increment");
    buf_free(&signed_object);
    buf_free(&text);
    buf_free(&changes);
    return error ? -1 : 0;
}
