/*
 * A segment: a context and frames, gathered up to 16 MiB, sealed for the owner's recipients, and named by the SHA-256
 * of the sealed object. A frame is found by the place of its first byte in the plaintext.
 */
#ifndef VEDETTE_REPOSITORY_SEGMENT_H
#define VEDETTE_REPOSITORY_SEGMENT_H

#include <stdbool.h>
#include <sys/uio.h>

#include "lib/buf.h"
#include "lib/envelope/bulk.h"
#include "lib/repository/context.h"

struct problem;

#define SEGMENT_BYTES_MAX BULK_BYTES_MAX

struct segment {
    uint8_t *data;
    size_t room, length, context_bytes;
    char kind;
};
int segment_make(struct segment *, size_t room); /* -1: no memory */
void segment_free(struct segment *);

/* Begin anew. */
void segment_begin(struct segment *, const struct context *);
bool segment_is_empty(const struct segment *);
/* Append a frame; -1: no room left. */
int segment_add(struct segment *, const void *frame, size_t bytes, uint32_t *ret_offset);

struct sealed {
    struct bulk_sealed bulk;
    struct iovec parts[3]; /* head, the segment's data, tail: the object */
    uint32_t bytes;        /* of the object */
    uint8_t sha256[SHA256_BYTES];
};
/* For whom: recipients, and the fingerprint of the signing key whose machine it is. */
struct sealing {
    const struct envelope_key *const *recipients;
    size_t n;
    const char *owner;
};
/* Encrypt the segment where it stands; *ret borrows from it. The segment's content is gone in any case. */
int segment_seal(struct segment *, const struct sealing *, struct sealed *ret, struct problem *);
void sealed_free(struct sealed *);

/* What an object must be: its hash, where the opener has no mark; and the agent and kind of the context in it. */
struct segment_wanted {
    const uint8_t *sha256;
    uint32_t agent;
    char kind;
};
/* What is in it; it stands within the object. Places of frames count from the context on, with which data begins. */
struct segment_plain {
    const uint8_t *data;
    size_t bytes, first; /* first: of the first frame */
};
/* Decrypt an object in place. -1 + problem: "bad-segment", "wrong-recipient". */
int segment_open(const struct bulk_opener *, void *object, size_t bytes, const struct segment_wanted *,
    struct segment_plain *ret, struct problem *);

#endif
