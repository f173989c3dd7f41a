/*
 * Bulk: what is too much for a message, such as a segment of a backup. Sealed, it is CMS AuthEnvelopedData (RFC 5083)
 * for several recipients, as envelopes are sealed (lib/envelope.h), but signed by nobody; `openssl cms -decrypt` opens
 * it. Content is encrypted and decrypted where it stands: nothing of its size is allocated here, which OpenSSL's own
 * CMS does four times over.
 *
 * Statements are the other way around: SignedData (RFC 5652) that anyone may read, with the signer's certificate, so
 * that `openssl cms -verify -noverify` shows them.
 */
#ifndef VEDETTE_ENVELOPE_BULK_H
#define VEDETTE_ENVELOPE_BULK_H

#include "lib/envelope_key.h"

struct buf;
struct problem;

#define BULK_RECIPIENTS_MAX 8
#define BULK_BYTES_MAX (16u << 20)
#define BULK_HEAD_BYTES_MAX 8192 /* 4 KiB with eight recipients of RSA-3072 */
#define BULK_TAIL_BYTES 18       /* the tag of GCM */

/* Encrypt the content in place. The sealed object is what is appended to *ret_head, the content, and the tail. -1 +
 * problem: the content is spoiled. */
int envelope_bulk_seal(const struct envelope_key *const *recipients, size_t n, void *content, size_t bytes,
    struct buf *ret_head, uint8_t ret_tail[BULK_TAIL_BYTES], struct problem *);

/* Decrypt an object in place; the content stands within it. -1 + problem: "bad-segment", altered or none;
 * "wrong-recipient", not for this key. Then the object is spoiled, and nothing of it is to be used. */
int envelope_bulk_open(const struct envelope_key *own, void *object, size_t bytes, void **ret_content,
    size_t *ret_bytes, struct problem *);

/* Append the signed statement. */
int envelope_statement_sign(
    const struct envelope_key *, const void *content, size_t bytes, struct buf *ret, struct problem *);
/* Append the content of one that holds, and tell whose certificate it came with: the fingerprint of the key. -1 +
 * problem "bad-statement". */
int envelope_statement_open(
    const void *object, size_t bytes, struct buf *ret, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *);

#endif
