/* Places of envelopes that survive: of each service that sends to us what was dealt with, of each addressee what was
 * sealed last. One small file. */
#ifndef VEDETTE_AGENT_WORK_STREAMS_H
#define VEDETTE_AGENT_WORK_STREAMS_H

#include "contract.h"
#include "lib/crypto.h"
#include "lib/envelope/stream.h"

struct problem;

struct streams {
    char signer[ADDRESSEE_COUNT][HEX_BYTES(SHA256_BYTES)]; /* whose stream `in` is, by the key that signs it; "": nobody's yet */
    struct stream in[ADDRESSEE_COUNT]; /* services that write to us are those that we write to */
    struct stream_sender out[ADDRESSEE_COUNT];
    char ours[ADDRESSEE_COUNT][HEX_BYTES(SHA256_BYTES)]; /* by which of our keys `out` is signed; "": the enrolment's */
    char next[ADDRESSEE_COUNT][HEX_BYTES(SHA256_BYTES)]; /* by which as soon as it is known there; "": nothing was told */
};

int streams_parse(const char *text, size_t bytes, struct streams *ret, struct problem *);
/* No file: all at the beginning. */
int streams_load(struct streams *ret, struct problem *);
/* Somebody else's messages are another stream, which begins anew: who had the key before cannot have used up its places. */
void streams_signed_by(struct streams *, enum addressee, const char *signer);
int streams_save(const struct streams *, struct problem *);

#endif
