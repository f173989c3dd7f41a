/* Places of envelopes from and to each agent that was given keys, a file each, so that no request is carried out twice. */
#ifndef VEDETTE_CLI_KEYSERVER_STREAMS_H
#define VEDETTE_CLI_KEYSERVER_STREAMS_H

#include "lib/envelope/stream.h"

struct cli;
struct problem;

struct agent_streams {
    struct stream in;
    struct stream_sender out;
};

/* Zeros where there is no file yet. */
int agent_streams_load(const struct cli *, const char *agent, struct agent_streams *ret, struct problem *);
int agent_streams_save(const struct cli *, const char *agent, const struct agent_streams *, struct problem *);

#endif
