/*
 * The trust file: who may sign what, and every pin of a deployment. A document of kind trust, made off the server; its
 * versions are a chain, as root metadata of TUF is: the next is signed by as many people as the old one wants and by as
 * many as it wants itself. An agent begins at the version whose SHA-256 its root user typed, and walks forward.
 */
#ifndef VEDETTE_SIGNED_TRUST_H
#define VEDETTE_SIGNED_TRUST_H

#include "lib/signed/document.h"
#include "lib/signed/sshsig.h"
#include "lib/tlog/cosign.h"

#define TRUST_PEOPLE 64             /* a bit each in struct signers */
#define TRUST_CHAIN_BYTES (8 << 20) /* of all versions together: a rotation a week for some years */

struct trust_key {
    enum key_type type;
    struct ssh_key ssh;         /* ssh.key is the key of every type */
    const char *rp_id, *origin; /* of a passkey */
    size_t person;              /* index into people; TRUST_PEOPLE: the status key */
};

struct trust {
    struct document document;
    const struct document_trust *body; /* within it */
    uint8_t sha256[SHA256_BYTES];
    size_t n_keys;
    struct trust_key *keys;                   /* people's, then the status key */
    unsigned thresholds[DOCUMENT_KIND_COUNT]; /* 0: documents of the kind cannot be signed */
};

/* What it says and whether that can be; nothing of who signed it. NULL + problem, "bad-trust" if it cannot be. */
struct trust *trust_read(const struct dsse *, struct problem *);
/* The same of an envelope as it was stored, when its signatures were verified before. */
struct trust *trust_open(const char *envelope, struct problem *);
void trust_free(struct trust *);

/* The file with that SHA-256, signed by as many as it wants itself. NULL + "other-trust" or what verify.h says. */
struct trust *trust_pin(const char *text, size_t bytes, const uint8_t sha256[SHA256_BYTES], struct problem *);
/* Whichever it is, signed by as many as it wants itself: for a service, by whose trust file nothing is permitted. */
struct trust *trust_first(const char *envelope, struct problem *);
/* The version that follows: same deployment, version one higher, naming the old one's hash, signed by both. NULL +
 * "same-version" (it is this one), "old-version" (rolled back), "missing-version" (there is one between), "fork" (it
 * follows another file). */
struct trust *trust_follow(const struct trust *old, const struct document_revocation *revoked, const char *text,
    size_t bytes, struct problem *);
/* A chain, an envelope a line, from some version on: that of the hash, and as far forward as there is more. One that
 * does not follow is a problem, not the end. */
struct trust *trust_walk(const char *chain, size_t bytes, const uint8_t sha256[SHA256_BYTES], struct problem *);

/* NULL: nobody's. */
const struct trust_key *trust_find(const struct trust *, const char *keyid);
const char *trust_person(const struct trust *, const struct trust_key *);
/* Whose word is taken for a class of the log, by the i-th of its keys. -1: there are not so many. */
int trust_log(const struct trust *, enum class, size_t i, struct tlog_policy *ret);
/* A service's keys for sealed messages; NULL: it has none. */
const struct document_sealing *trust_service(const struct trust *, enum addressee);

#endif
