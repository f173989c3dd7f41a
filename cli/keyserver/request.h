/* One envelope of an agent, opened; what request.c and reply.c share. */
#ifndef VEDETTE_CLI_KEYSERVER_REQUEST_H
#define VEDETTE_CLI_KEYSERVER_REQUEST_H

#include "cli/keyserver/keyserver.h"
#include "cli/keyserver/streams.h"
#include "lib/envelope/envelope.h"

struct request {
    struct keyserver *server;
    const struct letter *letter;
    struct envelope_key *sender; /* the agent's */
    struct envelope_opened opened;
    struct agent_streams streams;
    const struct envelope_keys_wanted *wanted;
};
/* Its fingerprint. */
const char *request_agent(const struct request *);

/* Both: written down here, then told to the server's log, then answered. -1 + problem: not all of that could be done. */
int reply_give(struct request *, const struct restore_case *, const struct envelope_key *to, const char *wrapped_keys,
    struct problem *);
/* to NULL: there is nobody to answer. */
int reply_refuse(struct request *, const struct envelope_key *to, const struct problem *why, struct problem *);

#endif
