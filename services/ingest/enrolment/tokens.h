/* Enrolment tokens, in ingest.db: kept as hashes, counted, expiring, good for one site. */
#ifndef INGEST_TOKENS_H
#define INGEST_TOKENS_H

#include <stdint.h>

#include "lib/crypto.h"

struct call_token_list_reply;
struct problem;
struct registry;

struct token {
    uint32_t id, site, uses_left;
    int64_t expires;
    int64_t revoked_at;         /* 0: is not */
};

int token_make(struct registry *, uint32_t site, uint32_t uses, int64_t expires, char ret[TOKEN_BYTES],
               uint32_t *ret_id, struct problem *);
/* 1 found, whatever its condition; 0 no such token; -1 + problem. */
int token_find(struct registry *, const char *text, struct token *ret, struct problem *);
/* Take one use; within the transaction of the enrolment. */
int token_spend(struct registry *, uint32_t id, struct problem *);
/* 1 done, 0 there is no such token, -1 + problem. */
int token_revoke(struct registry *, uint32_t id, int64_t now_ms, struct problem *);
/* Those still good, of one tenant or (NULL) all, newest first, at most limit. Texts are copies; release with
 * tokens_free. */
int tokens_list(struct registry *, const char *tenant, int64_t now_ms, size_t limit, struct call_token_list_reply *ret,
                struct problem *);
void tokens_free(struct call_token_list_reply *);

#endif
