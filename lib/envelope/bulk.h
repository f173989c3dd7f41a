/*
 * Bulk: what is too much for a message, such as a segment of a backup. Sealed, it is CMS AuthEnvelopedData (RFC 5083)
 * for several recipients, as envelopes are sealed (lib/envelope/envelope.h), but signed by nobody; `openssl cms -decrypt` opens
 * it. Content is encrypted and decrypted where it stands: nothing of its size is allocated here, which OpenSSL's own
 * CMS does four times over.
 *
 * Statements are the other way around: SignedData (RFC 5652) that anyone may read, with the signer's certificate, so
 * that `openssl cms -verify -noverify` shows them.
 */
#ifndef VEDETTE_ENVELOPE_BULK_H
#define VEDETTE_ENVELOPE_BULK_H

#include "lib/buf.h"
#include "lib/envelope/key.h"

struct problem;

#define BULK_RECIPIENTS_MAX 8
#define BULK_BYTES_MAX (16u << 20)
#define BULK_HEAD_BYTES_MAX 8192 /* 4 KiB with eight recipients of RSA-3072 */
#define BULK_TAIL_BYTES 18       /* the tag of GCM */

#define BULK_MARK_BYTES 16

/* What came of sealing. The object is head, content, tail. */
struct bulk_sealed {
    struct buf head; /* the caller's */
    uint8_t tail[BULK_TAIL_BYTES];
    uint8_t mark[BULK_MARK_BYTES]; /* of the content key, below */
};
/* Encrypt the content in place, for an owner (the fingerprint of the sealing machine's signing key). -1 + problem: the
 * content is spoiled. */
int envelope_bulk_seal(const struct envelope_key *const *recipients, size_t n, const char *owner, void *content,
    size_t bytes, struct bulk_sealed *ret, struct problem *);

/* By what an object is opened: a key that it was sealed for; or by recipients that came apart from it, which hold its
 * content key for that key (NULL: it is in the object). With a mark, only by the content key that has it. */
struct bulk_opener {
    const struct envelope_key *own;
    const void *recipients;
    size_t recipients_bytes;
    const uint8_t *mark; /* NULL: any content key will do, and whoever knows `own` in public can have made the object */
    const char *owner;   /* whose mark it is */
};
/* Decrypt an object in place; the content stands within it. -1 + problem: "bad-segment", altered or none;
 * "wrong-recipient", not for this key. Then the object is spoiled, and nothing of it is to be used. */
int envelope_bulk_open(const struct bulk_opener *, void *object, size_t bytes, void **ret_content, size_t *ret_bytes,
    struct problem *);

/*
 * Content keys apart from their objects, for a restore key service (docs/restore-key-service.md). Recipients: CMS version
 * and RecipientInfos of an object, in DER. They do not say which object they are of; that does the mark: SHA-256, cut off,
 * over the owner and a part of the key's own key stream. It tells nothing of the key. Nobody makes the mark of another
 * owner from a key that he has not, nor another key that has this mark.
 */
/* From an object's first bytes; BULK_HEAD_BYTES_MAX are enough. -1 + "bad-segment". */
int envelope_bulk_recipients(
    const void *head, size_t bytes, const void **ret, size_t *ret_bytes, struct problem *);
/* Append recipients that hold the same content key for `to` alone; *ret_mark is the key's for that owner. -1 + problem:
 * "bad-segment", "wrong-recipient", as above. */
int envelope_bulk_rewrap(const struct bulk_opener *, const char *owner, const struct envelope_key *to, struct buf *ret,
    uint8_t ret_mark[BULK_MARK_BYTES], struct problem *);

/* Append the signed statement. */
int envelope_statement_sign(
    const struct envelope_key *, const void *content, size_t bytes, struct buf *ret, struct problem *);
/* Append the content of one that holds, and tell whose certificate it came with: the fingerprint of the key. -1 +
 * problem "bad-statement". */
int envelope_statement_open(
    const void *object, size_t bytes, struct buf *ret, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *);

#endif
