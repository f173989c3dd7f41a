/*
 * The administrator's own folder (--home): the trust files that were seen, the newest revocation, and what was signed
 * here last. It is what the server's word is held against, so it is never on the server.
 */
#ifndef VEDETTE_CLI_SIGN_HOME_H
#define VEDETTE_CLI_SIGN_HOME_H

#include "cli/cli.h"
#include "lib/buf.h"
#include "lib/signed/trust.h"

/* A file in it; the folder is made where it is missing. */
int home_path(const struct cli *, const char *name, char ret[PATH_MAX], struct problem *);

/* The newest trust file. NULL + "no-trust": there is none yet; + another problem: it cannot be read. */
struct trust *home_trust(const struct cli *, struct problem *);
/* Keep one that follows it and was signed by enough, with keys that are not revoked. The first: sha256 is what a person compared. */
int home_adopt(const struct cli *, const char *text, size_t bytes, const uint8_t *sha256, struct problem *);

/* Payload of the version of a document that was signed here last. Nothing appended: none was. */
int home_before(const struct cli *, const struct document_head *, struct buf *ret, struct problem *);
int home_signed(const struct cli *, const struct dsse *, const struct document_head *, struct problem *);

/* The newest signed revocation; json NULL: there is none. -1: it cannot be read. */
int home_revocation(const struct cli *, struct document *ret, struct problem *);
/* Keep one that was signed by enough, unless a newer one is here. */
int home_keep_revocation(const struct cli *, const char *text, size_t bytes, struct problem *);

#endif
