/* A key for envelopes and backups, made for a test, fuzzer or benchmark; without it there is none. */
#ifndef VEDETTE_TESTS_KEY_RIG_H
#define VEDETTE_TESTS_KEY_RIG_H

#include <stdlib.h>

#include "lib/buf.h"
#include "lib/envelope/key.h"

static inline struct envelope_key *rig_key(enum envelope_key_type type)
{
    struct buf pem = { 0 };
    struct envelope_key *key = NULL;
    if (!envelope_key_make(type, &pem, NULL))
        key = envelope_key_private(pem.data, pem.length, NULL);
    buf_free(&pem);
    return key ? key : (abort(), NULL);
}

#endif
