/*
 * Keys of signed notes (c2sp.org/signed-note): Ed25519, of logs and of witnesses. As text, a public key is a vkey
 * `name+id+base64(algorithm ‖ key)` and a private one `PRIVATE+KEY+name+id+base64(algorithm ‖ seed)`, as Go's
 * sumdb/note writes both.
 */
#ifndef VEDETTE_TLOG_KEY_H
#define VEDETTE_TLOG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct problem;

#define TLOG_NAME_BYTES 128 /* of a key or an origin, NUL included; ours are host names with a path */
#define TLOG_VKEY_BYTES (TLOG_NAME_BYTES + 9 + 1 + BASE64_BYTES(1 + ED25519_PUBLIC_BYTES))
#define TLOG_SKEY_BYTES (12 + TLOG_VKEY_BYTES)

enum tlog_algorithm {
    TLOG_ED25519 = 1,     /* signs a note's text */
    TLOG_COSIGNATURE = 4, /* a witness's, with a time (c2sp.org/tlog-cosignature) */
};

struct tlog_vkey {
    char name[TLOG_NAME_BYTES];
    enum tlog_algorithm algorithm;
    uint32_t id; /* first bytes of SHA-256(name ‖ "\n" ‖ algorithm ‖ public_key) */
    uint8_t public_key[ED25519_PUBLIC_BYTES];
};

struct tlog_signer {
    struct tlog_vkey vkey;
    uint8_t secret[ED25519_SECRET_BYTES]; /* crypto_forget the signer when it is done with */
};

/* Not empty, UTF-8, no control character, no space of Unicode, no plus sign. Ours are shorter than TLOG_NAME_BYTES,
 * too. */
bool tlog_name_valid(const char *name, size_t length);

/* A new key from 32 random bytes. */
int tlog_signer_make(const char *name, enum tlog_algorithm, const uint8_t seed[ED25519_SEED_BYTES],
    struct tlog_signer *ret, struct problem *);

/* The texts, one line end after them allowed, because that is how files have them. The id must be the key's. */
int tlog_vkey_parse(const char *text, struct tlog_vkey *ret, struct problem *);
int tlog_signer_parse(const char *text, struct tlog_signer *ret, struct problem *);
/* Without a line end. */
void tlog_vkey_format(const struct tlog_vkey *, char ret[TLOG_VKEY_BYTES]);
void tlog_signer_format(const struct tlog_signer *, char ret[TLOG_SKEY_BYTES]);
/* From a file that only its owner may read (lib/files.h). */
int tlog_signer_load(const char *path, struct tlog_signer *ret, struct problem *);

#endif
