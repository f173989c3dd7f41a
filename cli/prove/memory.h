/*
 * What is remembered of one machine in a target, between two runs, about one way of looking: where the round is, what
 * it found wrong, and what the server is still to be told. Lost, a round begins anew, and the newest backup counts as
 * it is.
 */
#ifndef VEDETTE_CLI_PROVE_MEMORY_H
#define VEDETTE_CLI_PROVE_MEMORY_H

#include <stddef.h>

#include "cli/prove/round.h"
#include "contract.h"
#include "lib/envelope/key.h"
#include "lib/repository/name.h"

struct buf;
struct problem;

#define PROOF_BAD_MAX 1000 /* names that are remembered: who has more to look at than these begins with them */
#define PROOF_REASON_BYTES 201
#define PROOF_MEMORY_LIMIT_BYTES 262144

/* What came of it, for the server. */
struct proof_word {
    char backup[BACKUP_BYTES];
    bool proven;
    int64_t time_ms, next_by_ms; /* next_by 0: nothing is said */
    uint64_t files, bytes;
    char reason[PROOF_REASON_BYTES]; /* "": it is proven */
};

struct proof_memory {
    struct proof_round round;
    uint8_t next[SHA256_BYTES];         /* of the round: what is before has been read */
    uint64_t objects, bytes;            /* of the round, so far */
    char signer[FINGERPRINT_HEX_BYTES]; /* of the first commit that was ever read; "": none was */
    char newest[BACKUP_BYTES];          /* that was ever seen; "": none was */
    int64_t newest_ms;
    size_t n_bad;
    char (*bad)[OBJECT_NAME_BYTES];
    bool has_word; /* the server was not told yet */
    struct proof_word word;
};
void proof_memory_free(struct proof_memory *);

/* -1: no memory, or as many as there may be; else it is there, once. */
int proof_memory_bad(struct proof_memory *, const char *name);
bool proof_memory_is_bad(const struct proof_memory *, const char *name);

int proof_memory_text(const struct proof_memory *, struct buf *ret);
/* -1 + problem "bad-state" for whatever this program has not written. */
int proof_memory_parse(const char *text, size_t bytes, struct proof_memory *ret, struct problem *);

#endif
