/*
 * A signed document as it travels: a DSSE envelope (github.com/secure-systems-lab/dsse) in JSON. What is signed is the
 * PAE of kind and payload, to the byte; nothing is ever written anew from what was parsed. SHA-256 of the PAE is the
 * document's one number: WebAuthn's challenge, what the log's entry holds, what people compare.
 */
#ifndef VEDETTE_SIGNED_DSSE_H
#define VEDETTE_SIGNED_DSSE_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/crypto.h"

struct buf;
struct problem;

#define DSSE_PAYLOAD_BYTES (256 << 10) /* a thousand targets, a script of 128 KiB */
#define DSSE_BYTES (384 << 10)         /* the payload in base64, and room for 32 signatures */
#define DSSE_SIGNATURES 64             /* one a person, and trust files know 64 */
#define DSSE_SIGNATURE_BYTES 4096      /* a WebAuthn assertion has 700 */
#define KEYID_BYTES HEX_BYTES(SHA256_BYTES)

struct dsse_signature {
    char keyid[KEYID_BYTES]; /* which key is meant; proves nothing */
    uint8_t *sig;
    size_t bytes;
};

struct dsse {
    enum document_kind kind;
    uint8_t sha256[SHA256_BYTES]; /* of the PAE */
    char *pae;                    /* what is signed */
    size_t pae_bytes;
    const char *payload; /* within it */
    size_t payload_bytes;
    size_t n_signatures;
    struct dsse_signature *signatures;
};

/* All of these: *ret is untouched on failure, and dsse_free's otherwise. */
int dsse_make(enum document_kind, const void *payload, size_t bytes, struct dsse *ret, struct problem *);
/* Form only, no signature is verified. */
int dsse_parse(const char *text, size_t bytes, struct dsse *ret, struct problem *);
void dsse_free(struct dsse *);

/* One more; one by the same key is replaced. */
int dsse_add(struct dsse *, const char *keyid, const void *sig, size_t bytes, struct problem *);
/* The same from a signature's own JSON, {"keyid", "sig"}, as it stands in an envelope. */
int dsse_add_text(struct dsse *, const char *text, size_t bytes, struct problem *);

/* Append the envelope, on one line without its end. -1: no room. */
int dsse_format(const struct dsse *, struct buf *);

#endif
