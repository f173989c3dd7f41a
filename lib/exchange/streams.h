/* Where the streams of envelopes to and from each agent stand, and what came before its turn. */
#ifndef VEDETTE_EXCHANGE_STREAMS_H
#define VEDETTE_EXCHANGE_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/envelope/key.h"
#include "lib/envelope/stream.h"
#include "lib/records.h"

/* The place of the next message to an agent, taken. */
struct stream_place streams_next(struct records *, uint32_t agent, int64_t wall_ms);
/* Fingerprint of the key that signs what goes to an agent; "": nothing has gone. */
void streams_signer(struct records *, uint32_t agent, char ret[FINGERPRINT_HEX_BYTES]);
/* Another key signs from now on, and what it signs is another stream. */
void streams_signed_by(struct records *, uint32_t agent, const char *signer, int64_t wall_ms);
/* Streams of before there was more than one key. */
void streams_adopt(struct records *, const char *signer);

void streams_taken(struct records *, uint32_t agent, struct stream *ret);
void streams_set_taken(struct records *, uint32_t agent, const struct stream *);

/* Keep an envelope that came before its turn. */
void streams_hold(
    struct records *, uint32_t agent, struct stream_place, int64_t wall_ms, const void *envelope, size_t bytes);
/* How many are kept of an agent, at most STREAM_HELD_MAX. */
size_t streams_held(struct records *, uint32_t agent, struct stream_held ret[STREAM_HELD_MAX]);
/* Take one of them out; the caller's to free. NULL: it is not there. */
void *streams_release(struct records *, uint32_t agent, struct stream_place, size_t *ret_bytes);
/* Agents of whom something waits since before a time: the next behind one; 0: none. */
uint32_t streams_waiting(struct records *, int64_t before_ms, uint32_t after);

#endif
