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

/*
 * Which of these a caller wants, by where the file came from, and what that proves:
 * trust_read and trust_open prove no signature: for one to be shown or signed, and one verified before it was stored.
 * trust_pin proves that it is the file whose SHA-256 people compared, and that its people hold their keys.
 * trust_first proves the latter alone: for a service that has none yet, by whose copy nobody permits anything.
 * trust_follow is for a rotation, and proves that people of both versions signed whose keys are not revoked.
 * trust_history_from_pin proves that each version follows from the pinned one, be its keys revoked since or not: for
 * one who holds no newer file, or who reads back what trust_follow let in, and for no rotation that comes.
 *
 * Each returns a file that is the caller's to free, or NULL + problem.
 */

/* "bad-trust": what it says cannot be. */
struct trust *trust_read(const struct dsse *, struct problem *);
struct trust *trust_open(const char *envelope, struct problem *);
void trust_free(struct trust *);

/* "other-trust", or what verify.h says. */
struct trust *trust_pin(const char *text, size_t bytes, const uint8_t sha256[SHA256_BYTES], struct problem *);
struct trust *trust_first(const char *envelope, struct problem *);

/* The revocation that is known when something signed comes: a value, so that none is left out by a NULL. */
struct trust_revoked {
    const struct document_revocation *by; /* set by these two alone; NULL: none has ever come */
};
#define TRUST_NONE_REVOKED ((struct trust_revoked){ NULL })
/* By the revocation as it is held, which must outlive this; json NULL: none has ever come. */
struct trust_revoked trust_revoked_by(const struct document *revocation);

/* Same deployment, version one higher, naming the old one's hash. "same-version" (it is this one), "old-version"
 * (rolled back), "missing-version" (there is one between), "fork" (it follows another file), or what verify.h says. */
struct trust *trust_follow(
    const struct trust *old, struct trust_revoked, const char *text, size_t bytes, struct problem *);
/* An envelope a line, oldest first: from the one with the hash as far forward as there is more. One that does not
 * follow is a problem, not the end. */
struct trust *trust_history_from_pin(
    const char *chain, size_t bytes, const uint8_t sha256[SHA256_BYTES], struct problem *);

/* NULL: nobody's. */
const struct trust_key *trust_find(const struct trust *, const char *keyid);
const char *trust_person(const struct trust *, const struct trust_key *);
/* Whose word is taken for a class of the log, by the i-th of its keys. -1: there are not so many. */
int trust_log(const struct trust *, enum class, size_t i, struct tlog_policy *ret);
/* A service's keys for sealed messages; NULL: it has none. */
const struct document_sealing *trust_service(const struct trust *, enum addressee);

#endif
