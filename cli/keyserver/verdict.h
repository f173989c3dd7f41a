/*
 * May these content keys be given to that agent? Pure: what is known and the time go in, a verdict comes out. Nothing of it
 * is the server's word: the document says which agent and which commit, people signed it, the log's receipt is for it, the
 * commit is the one of that hash and by the machine whose backup it is, and the mark in it shows that a wrapped key is that
 * segment's and that machine's.
 *
 * The first of these that fails is the verdict: what lib/signed/judge.h says, in its order, then
 *
 *     wrong-kind     the document is none of a restore
 *     unpinned       it does not say which commit
 *     no-commit      the commit did not come before, or is not kept any more: send it again
 *     other-commit   it is not the one that the document names, or by another machine, or of another backup
 *     no-segment     the commit has no such segment
 *     no-mark        the commit is from before there were marks
 *     wrong-recipient, bad-segment    as lib/envelope/bulk.h has it
 *     other-segment  the wrapped key is of another segment, or of another machine
 */
#ifndef VEDETTE_CLI_KEYSERVER_VERDICT_H
#define VEDETTE_CLI_KEYSERVER_VERDICT_H

#include "cli/keyserver/newest.h"
#include "lib/repository/commit.h"
#include "lib/signed/judge.h"

#define KEYSERVER_KEYS_MAX 4 /* the restore key, and those before it */

struct keyserver_known {
    const struct trust *trust;
    struct trust_revoked revoked;
    const struct document_status *status; /* NULL: none */
    const struct newest *newest;          /* of documents that were asked with before */
    int64_t now_ms;                       /* never before the newest status */
};

/* A restore that may be carried out. */
struct restore_case {
    struct document document;
    const struct document_restore *restore; /* within it */
    const char *source;                     /* fingerprint of the machine whose backup it is; within it */
    uint8_t sha256[SHA256_BYTES];           /* of the document */
    uint8_t commit_sha256[SHA256_BYTES];
};
void restore_case_free(struct restore_case *);

/* agent: fingerprint of the key that signed the request. -1 + problem, *ret untouched. */
int verdict_document(const struct keyserver_known *, const char *agent, const struct envelope_keys_wanted *,
    struct restore_case *ret, struct problem *);
/* object NULL: it is not here. *ret is commit_free's. */
int verdict_commit(
    const struct restore_case *, const void *object, size_t bytes, struct commit *ret, struct problem *);

/* The keys that segments are sealed for, and the agent's for which they are wrapped. */
struct verdict_keys {
    size_t n;
    const struct envelope_key *own[KEYSERVER_KEYS_MAX];
    const struct envelope_key *to;
};
/* Append the recipients by which the agent alone opens that segment; behind the last one, the manifest. */
int verdict_key(const struct restore_case *, const struct commit *, const struct verdict_keys *, uint32_t segment,
    const char *recipients, struct buf *ret, struct problem *);

#endif
