#include "lib/repository/segment.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/sha256.h"

int segment_make(struct segment *segment, size_t room)
{
    *segment = (struct segment){ .data = malloc(room), .room = room };
    return segment->data ? 0 : -1;
}

void segment_free(struct segment *segment)
{
    free(segment->data);
    segment->data = NULL;
}

void segment_begin(struct segment *segment, const struct context *context)
{
    segment->length = segment->context_bytes = context_write(context, segment->data);
    segment->kind = context->kind;
}

bool segment_is_empty(const struct segment *segment)
{
    return segment->length == segment->context_bytes;
}

int segment_add(struct segment *segment, const void *frame, size_t bytes, uint32_t *ret_offset)
{
    if (bytes > segment->room - segment->length)
        return -1;
    memcpy(segment->data + segment->length, frame, bytes);
    *ret_offset = (uint32_t)segment->length;
    segment->length += bytes;
    return 0;
}

int segment_seal(
    struct segment *segment, const struct sealing *sealing, struct sealed *ret, struct problem *problem)
{
    struct sealed sealed = { .bulk.head.limit_bytes = BULK_HEAD_BYTES_MAX };
    struct sha256 sha256;
    if (envelope_bulk_seal(
            sealing->recipients, sealing->n, sealing->owner, segment->data, segment->length, &sealed.bulk, problem)) {
        buf_free(&sealed.bulk.head);
        return -1;
    }
    *ret = sealed;
    ret->parts[0] = (struct iovec){ ret->bulk.head.data, ret->bulk.head.length };
    ret->parts[1] = (struct iovec){ segment->data, segment->length };
    ret->parts[2] = (struct iovec){ ret->bulk.tail, sizeof(ret->bulk.tail) };
    sha256_begin(&sha256);
    for (size_t i = 0; i < 3; i++) {
        sha256_add(&sha256, ret->parts[i].iov_base, ret->parts[i].iov_len);
        ret->bytes += (uint32_t)ret->parts[i].iov_len;
    }
    sha256_end(&sha256, ret->sha256);
    return 0;
}

void sealed_free(struct sealed *sealed)
{
    buf_free(&sealed->bulk.head);
}

static bool has_hash(const void *object, size_t bytes, const uint8_t wanted[SHA256_BYTES])
{
    struct sha256 hash;
    uint8_t found[SHA256_BYTES];
    sha256_begin(&hash);
    sha256_add(&hash, object, bytes);
    sha256_end(&hash, found);
    return !memcmp(found, wanted, SHA256_BYTES);
}

/* What says that it is the one that was signed for? The mark of its content key, for the tag of GCM is made with that key,
 * which only who sealed it and who may read it ever had; or its hash, which takes twice the time of decrypting. */
int segment_open(const struct bulk_opener *opener, void *object, size_t bytes, const struct segment_wanted *wanted,
    struct segment_plain *ret, struct problem *problem)
{
    struct context context;
    void *plain;
    size_t length, first;
    if (!opener->mark && !has_hash(object, bytes, wanted->sha256))
        return problem_set(problem, "bad-segment", "", "the object is not the one of its name");
    if (envelope_bulk_open(opener, object, bytes, &plain, &length, problem))
        return -1;
    if (context_read(plain, length, &context, &first) || context.agent != wanted->agent || context.kind != wanted->kind)
        return problem_set(problem, "bad-segment", "", "the object is of another agent or kind");
    *ret = (struct segment_plain){ plain, length, first };
    return 0;
}
