/* What the parts of envelopes share. Only lib/envelope/ includes this. */
#ifndef VEDETTE_ENVELOPE_PRIVATE_H
#define VEDETTE_ENVELOPE_PRIVATE_H

#include <openssl/cms.h>
#include <openssl/x509.h>

#include "lib/envelope/bulk.h"
#include "lib/envelope/envelope.h"

struct envelope_key {
    EVP_PKEY *pkey;
    X509 *certificate;
    bool is_private;
    enum envelope_key_type type;
    uint8_t sha256[SHA256_BYTES]; /* of the SubjectPublicKeyInfo */
    char fingerprint[FINGERPRINT_HEX_BYTES];
    char spki[ENVELOPE_SPKI_BYTES];
};

/* Before OpenSSL is asked for something: it is watched whether it gets its memory (lib/memory.h). */
void envelope_begin(void);
/* What an OpenSSL call left in its queue would be taken for the reason of a later failure. Where memory lacked since
 * the beginning, that is the reason: "no-memory". Returns -1. */
int envelope_failed(struct problem *, const char *code, const char *reason);

/* CMS (cms.c). Contents are appended to *ret. */

int envelope_sign(const struct envelope_key *, const void *content, size_t bytes, struct buf *ret, struct problem *);
int envelope_encrypt(const struct envelope_key *, const void *content, size_t bytes, struct buf *ret, struct problem *);

/* *ret_key: the one of n own keys that it was for. */
int envelope_decrypt(const struct envelope_key *const *own, size_t n, const void *data, size_t bytes, struct buf *ret,
    const struct envelope_key **ret_key, struct problem *);
/* *ret_key and *ret_peer: whose signature holds, as the reader's signer() said. */
int envelope_verify(const struct envelope_reader *, const void *data, size_t bytes, struct buf *ret,
    const struct envelope_key **ret_key, unsigned *ret_peer, struct problem *);

/* What bulk.c does in the same way. */

/* Append it in DER. -1: no memory, now or since the beginning. */
int envelope_encode(CMS_ContentInfo *, struct buf *ret);
/* Append the content, signed; CMS_NOCERTS in flags: without the signer's certificate. -1: no memory. */
int envelope_sign_with(const struct envelope_key *, const void *content, size_t bytes, unsigned flags, struct buf *ret);
/* All of the bytes, and of this type. The caller's; NULL: it is none. */
CMS_ContentInfo *envelope_parse(const void *data, size_t bytes, int type);
/* OAEP and SHA-256. */
int envelope_choose_wrapping(const struct envelope_key *, CMS_RecipientInfo *);
/* The mark of a content key, by a cipher that has it (bulk.h). */
int envelope_bulk_mark(EVP_CIPHER_CTX *, const char *owner, uint8_t ret[BULK_MARK_BYTES]);
/* The cipher at the chain's head; NULL: it is none of ours. */
EVP_CIPHER_CTX *envelope_gcm(BIO *chain);
int envelope_name_signer(CMS_ContentInfo *, char ret[FINGERPRINT_HEX_BYTES]);
int envelope_check_signature(
    CMS_ContentInfo *, const struct envelope_key *, struct buf *ret, struct problem *);
/* Of a certificate's key. */
struct envelope_key *envelope_key_of(const X509 *, struct problem *);

/* The signed line (head.c), pure. */

struct envelope_head {
    char deployment[DEPLOYMENT_BYTES], from[FINGERPRINT_HEX_BYTES], to[FINGERPRINT_HEX_BYTES];
    enum envelope purpose;
    struct stream_place place;
};

/* The line, its newline included. */
int envelope_head_write(const struct envelope_head *, struct buf *);
/* The head of a content; *ret_bytes: its length, newline included. */
int envelope_head_read(
    const char *content, size_t bytes, struct envelope_head *ret, size_t *ret_bytes, struct problem *);

#endif
