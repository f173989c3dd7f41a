/*
 * Signing, on the administrator's own machine: the only place where it happens. What a person sees before signing is the
 * same in the terminal (sign_review.c) and on the local page (sign_browser.c).
 */
#ifndef VEDETTE_CLI_SIGN_H
#define VEDETTE_CLI_SIGN_H

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
    struct trust *trust;      /* newest that is known here; of a first trust file itself. Who may sign, and with what */
    struct signers signers;   /* whose signatures hold already, and how many people it wants */
    struct buf before;        /* payload of the version signed here before, to show what changed; empty: none */
};

/* One signature, as it goes into the envelope. */
struct signature {
    char keyid[KEYID_BYTES];
    uint8_t sig[DSSE_SIGNATURE_BYTES];
    size_t bytes;
};

/*
 * Show all of it on the page that vedette itself serves on SIGN_ORIGIN, and let a passkey of the trust file sign there:
 * returns when it has, or was refused, or the page was left alone for long. The assertion was verified. The server ends
 * with the call. -1 + problem: "declined", "timeout", "no-passkey", "port".
 */
int sign_in_browser(struct cli *, const struct signing *, struct signature *ret, struct problem *);

/* Make a passkey for SIGN_RP_ID on such a page: *ret_public is its SubjectPublicKeyInfo in base64. */
int passkey_in_browser(struct cli *, const char *person, char ret_public[SPKI_TEXT_BYTES], struct problem *);

/* What a person reads before signing: kind, title, whose signatures it has and wants, its number (SHA-256), for which
 * agents by fingerprint, what changed, then the bytes themselves. What no terminal shows, or what would turn text
 * around, stands as <U+202E>. Pure. -1: no memory. */
int sign_review(const struct signing *, struct buf *ret);

#endif
