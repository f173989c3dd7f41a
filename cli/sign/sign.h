/*
 * Signing, on the administrator's own machine: the only place where it happens. What a person sees before signing is
 * the same in the terminal (review.c) and on the local page (browser.c).
 */
#ifndef VEDETTE_CLI_SIGN_SIGN_H
#define VEDETTE_CLI_SIGN_SIGN_H

#include "cli/cli.h"
#include "lib/buf.h"
#include "lib/signed/verify.h"

/* The local page's. Trust files pin it with each passkey, so that it is one for all. */
#define SIGN_PORT 7720
#define SIGN_ORIGIN "http://localhost:7720"
#define SIGN_RP_ID "localhost"

/* What is to be signed, and what is known of it here. */
struct signing {
    struct dsse dsse;         /* with the signatures that it has so far */
    struct document document; /* what it says */
    struct trust *trust;      /* newest that is known here: who may sign, and with what. NULL: there is none yet */
    struct trust *next;       /* of a trust file: what it will be; its people sign it, too. NULL: it is none */
    struct signers signers; /* whose signatures hold already, and how many people it wants, by trust or else by next */
    struct signers by_next; /* of a trust file: the same, by next */
    bool complete;          /* enough have signed */
    struct buf before;      /* payload of the version signed here before, to show what changed; empty: none */
};

/* Let the method that the options name (--key, --ssh-key, --browser) sign after a person has read and agreed; write the envelope
 * to path, remember it, say what is still missing. For commands that have those options. */
int sign_finish(
    struct cli *, const struct command *, const struct given *, struct signing *, const char *path, struct problem *);
enum outcome sign_fail(const struct command *, const struct problem *);
/* "server-host": no key is used, nor made, on a server. demo: a warning instead. */
int sign_host(struct cli *, const char *key_path, bool demo, struct problem *);

/* The key of that id by which a person may sign this; NULL: nobody's. */
const struct trust_key *signing_key_by(const struct signing *, const char *keyid, const char **ret_person);
/* Look again whose signatures hold, after one was added. */
int signing_count(struct signing *, struct problem *);
/* From a file with a payload, or with an envelope that others signed already. signing_free's. */
int signing_read(struct cli *, const char *path, struct signing *ret, struct problem *);
/* The same from its text. */
int signing_parse(struct cli *, const char *text, size_t bytes, struct signing *ret, struct problem *);
void signing_free(struct signing *);

/* One signature, as it goes into the envelope. */
struct signature {
    char keyid[KEYID_BYTES];
    uint8_t sig[DSSE_SIGNATURE_BYTES];
    size_t bytes;
};

/*
 * Show all of it on the page that vedette itself serves on SIGN_ORIGIN, and let a passkey of the trust file sign there:
 * returns when it has, or was refused, or the page was left alone for long. The assertion was verified. The server ends
 * with the call. -1 + problem: "declined", "timeout", "interrupted", "port".
 */
int sign_in_browser(const struct signing *, struct signature *ret, struct problem *);

/* Make a passkey for SIGN_RP_ID on such a page: *ret_public is its SubjectPublicKeyInfo in base64. */
int passkey_in_browser(const char *person, char ret_public[SPKI_TEXT_BYTES], struct problem *);

/* What a person reads before signing: kind, title, whose signatures it has and wants, its number (SHA-256), for which
 * agents by fingerprint, what changed, then the bytes themselves. What no terminal shows, or what would turn text
 * around, stands as <U+202E>. Pure. -1: no memory. */
int sign_review(const struct signing *, struct buf *ret);

#endif
