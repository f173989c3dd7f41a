/*
 * Parcels: what an agent and ingest say to each other by carriers that are no connection, files or mails. Text: a MAC,
 * a line that says which way it goes, and the JSON of agent.parcel (contract/calls.def):
 *
 *     <HMAC-SHA-256 of all that follows, hexadecimal>
 *     vedette-parcel 1 from
 *     {"agent":17,"parcel":4,"acknowledged":25,"addressee":["scheduler"],"envelope":["…"]}
 *
 * The key is the agent's carry key, as for HTTPS. Envelopes are sealed anyway; the MAC proves who acknowledges what. A
 * parcel repeats, from the oldest on, what the other side is not known to have, and one is under way at a time: a lost
 * or repeated one does no harm. Pure.
 */
#ifndef VEDETTE_PARCEL_H
#define VEDETTE_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct buf;
struct problem;
struct shape;

#define PARCEL_BYTES_MAX (2u << 20) /* the text; half a MiB of envelopes, or one of the longest */
#define PARCEL_ENVELOPES_BYTES (512u << 10)

enum parcel_way { PARCEL_FROM_AGENT, PARCEL_TO_AGENT };

/* Append a parcel. shape and message: of the call's request or reply. */
int parcel_write(enum parcel_way, const uint8_t key[SECRET_BYTES], const struct shape *, const void *message,
    struct buf *ret, struct problem *);

/* One that came: where its JSON is, in the text itself. -1 + problem "bad-parcel". */
struct parcel {
    uint8_t mac[SHA256_BYTES];
    const char *sealed; /* what the MAC is of: to the end */
    size_t sealed_bytes;
    const char *json;
    size_t json_bytes;
};
int parcel_read(const char *text, size_t bytes, enum parcel_way, struct parcel *ret, struct problem *);
bool parcel_authentic(const struct parcel *, const uint8_t key[SECRET_BYTES]);

#endif
