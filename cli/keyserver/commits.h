/*
 * Commits that agents send before they ask for keys, in pieces. In memory: who asks after a restart is told "no-commit", and
 * sends it again. One of each agent, and of some agents; what was used least lately goes.
 */
#ifndef VEDETTE_CLI_KEYSERVER_COMMITS_H
#define VEDETTE_CLI_KEYSERVER_COMMITS_H

#include "lib/buf.h"
#include "lib/repository/commit.h"

#define COMMITS_MAX 8 /* of at most OBJECT_BYTES_MAX each: 136 MiB */

struct commits {
    uint64_t turn;
    struct commits_one {
        char agent[FINGERPRINT_HEX_BYTES], sha256[HEX_BYTES(SHA256_BYTES)];
        uint32_t bytes;
        struct buf object; /* as far as it has come */
        uint64_t used;
    } all[COMMITS_MAX];
};
void commits_free(struct commits *);

/* A piece; one at its beginning begins it anew. -1 + "bad-commit": it does not follow what came before. */
int commits_add(struct commits *, const char *agent, const struct envelope_keys_commit *, struct problem *);
/* The whole one; NULL: it is not here. */
const struct buf *commits_find(struct commits *, const char *agent, const char *sha256);

#endif
