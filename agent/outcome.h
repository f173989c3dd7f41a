/* What became of one delivery of mail: one line of JSON from vedette-agent-carry to the resident. */
#ifndef VEDETTE_AGENT_OUTCOME_H
#define VEDETTE_AGENT_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct problem;

#define OUTCOME_LIMIT_BYTES 2048
#define NONCE_BYTES 65    /* 32 bytes in hexadecimal, and NUL */
#define INSTANCE_BYTES 33 /* 16 bytes in hexadecimal, and NUL */

struct outcome {
    bool delivered;
    char carried[8];         /* by another carrier than HTTPS, which tells nothing of the rest; "": it was not */
    char address[64];        /* delivered: numeric address that took it, where beats go from now on */
    uint64_t counter;        /* delivered: last counter of ours that the server accepted */
    char nonce[NONCE_BYTES]; /* delivered: prove with it that we live, if the counter was ahead of ours */
    char code[65];           /* else: why not, as the server says it, or "unreached" */
    char reason[257];
};

/* A fresh value of the contract's `instance`. */
void instance_make(char ret[INSTANCE_BYTES]);

int outcome_parse(const char *text, size_t bytes, struct outcome *ret, struct problem *);
int outcome_encode(const struct outcome *, struct buf *);

#endif
