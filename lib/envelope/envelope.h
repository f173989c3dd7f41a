/*
 * Envelopes: sealed messages between an agent and a service. CMS: SignedData of the sender (RFC 5652) inside
 * AuthEnvelopedData for the recipient (RFC 5083), AES-256-GCM under a fresh key that is wrapped for P-256 (ephemeral
 * ECDH, X9.63 KDF with SHA-256, AES-256 key wrap; RFC 5753) or RSA-3072 (OAEP with SHA-256; RFC 3560). So this opens
 * one:
 *
 *     openssl cms -decrypt -binary -inform DER -inkey seal.key | openssl cms -verify -inform DER …   (docs/carriers.md)
 *
 * and whoever carries or stores it need not be trusted. What is signed is a line of JSON, a newline, and the body:
 *
 *     {"deployment":…,"from":…,"to":…,"purpose":…,"incarnation":…,"counter":…}
 *
 * from and to are the fingerprints of the sender's signing key and of the recipient's sealing key, so that nothing can
 * be sealed anew for another or sent back; purposes and their bodies stand in contract/envelopes.def; incarnation and
 * counter are its place in a stream (lib/envelope/stream.h). The signer is found by fingerprint among those that the
 * reader knows; certificates that come along are not looked at.
 */
#ifndef VEDETTE_ENVELOPE_H
#define VEDETTE_ENVELOPE_H

#include <jansson.h>

#include "contract.h"
#include "lib/envelope/key.h"
#include "lib/envelope/limits.h"
#include "lib/envelope/stream.h"

struct buf;
struct problem;

#define DEPLOYMENT_BYTES 33 /* 32 hexadecimal digits, as `vedette trust init` chose them, and NUL */

/* From whom to whom. */
struct envelope_writer {
    const char *deployment;
    const struct envelope_key *sign; /* our private key */
    const struct envelope_key *seal; /* the recipient's */
};

/* Append an envelope to *ret. message: the body of that purpose, struct envelope_document for ENVELOPE_DOCUMENT and so
 * on. -1 + problem: "too-long", "no-memory". */
int envelope_seal(const struct envelope_writer *, enum envelope purpose, struct stream_place, const void *message,
    struct buf *ret, struct problem *);

/* Who reads. */
struct envelope_reader {
    const char *deployment;
    unsigned peer;                         /* enum peer that we are; 0: an agent */
    const struct envelope_key *const *own; /* our private sealing keys: the present one and those before it */
    size_t n_own;
    /* The signing key with this fingerprint, of somebody whose envelopes we take, and the enum peer that it belongs to
     * (0: an agent); NULL: of nobody. */
    const struct envelope_key *(*signer)(void *arg, const char *fingerprint, unsigned *ret_peer);
    void *arg;
};

struct envelope_opened {
    char from[FINGERPRINT_HEX_BYTES]; /* whose signature it bears */
    enum envelope purpose;
    struct stream_place place;
    void *message; /* struct envelope_document and so on; its texts live in json */
    json_t *json;
};

/*
 * Open what came from anywhere. 0: signed by `from`, for one of our keys, whole. -1 + problem, *ret untouched:
 *
 *     bad-envelope     not what envelope_seal makes; altered, or cut off
 *     wrong-recipient  sealed for another key; or signed for another one, and sealed anew for ours
 *     unknown-sender   signed by nobody whom the reader knows, ourselves included
 *     bad-signature    it does not hold, or the signed content names another sender
 *     other-deployment made for another one
 *     wrong-purpose    not what this sender may say to us
 *     bad-field, unknown-field, missing-field, bad-json     the body is none of its purpose
 */
int envelope_open(
    const struct envelope_reader *, const void *data, size_t bytes, struct envelope_opened *ret, struct problem *);
void envelope_opened_free(struct envelope_opened *);

#endif
