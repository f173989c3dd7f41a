/* What sealing (seal.c) and opening (open.c) share. Only lib/seal/ includes this. */
#ifndef VEDETTE_SEAL_INSIDE_H
#define VEDETTE_SEAL_INSIDE_H

#include "lib/buf.h"
#include "lib/seal/seal.h"
#include "lib/seal/text.h"

struct aead;

struct seal {
    struct seal_keys *keys;
    struct aead *aead;
    struct buf room;      /* a value while it is sealed or opened */
    struct buf texts;     /* sealed texts of one event, behind each other with their NULs */
    json_t *objects;      /* of that event, sealed: an array that keeps them */
    struct buf opened;    /* an entry */
    uint32_t first, last; /* days of what was opened */
    unsigned number;      /* values sealed in the event */
    /* Of the event that is sealed: */
    enum class class;
    uint32_t day;
    uint8_t salt[EVENT_SALT_BYTES], key[SECRET_BYTES];
    bool has_key;
    struct problem *problem;
};

/* What a sealed value belongs to: its key is derived from it, and it is the associated data. */
struct seal_place {
    uint8_t bytes[1 + 4 + 2 + EVENT_SALT_BYTES + SEAL_FIELD_BYTES];
    size_t length;
};

struct seal_place seal_place_of(
    enum class, uint32_t day, unsigned number, const uint8_t salt[EVENT_SALT_BYTES], const char *field);

#endif
