/* Places of envelopes that survive: of each service that sends to us what was dealt with, of each addressee what was
 * sealed last. One small file. */
#ifndef VEDETTE_AGENT_WORK_STREAMS_H
#define VEDETTE_AGENT_WORK_STREAMS_H

#include "contract.h"
#include "lib/envelope_stream.h"

struct problem;

struct streams {
    struct stream in[ADDRESSEE_COUNT]; /* services that write to us are those that we write to */
    struct stream_sender out[ADDRESSEE_COUNT];
};

int streams_parse(const char *text, size_t bytes, struct streams *ret, struct problem *);
/* No file: all at the beginning. */
int streams_load(struct streams *ret, struct problem *);
int streams_save(const struct streams *, struct problem *);

#endif
