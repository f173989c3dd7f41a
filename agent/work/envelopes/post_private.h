/* Of post.c, post_in.c and post_rekey.c alone. */
#ifndef VEDETTE_AGENT_WORK_POST_PRIVATE_H
#define VEDETTE_AGENT_WORK_POST_PRIVATE_H

#include <sys/types.h>

#include "agent/work/envelopes/post.h"
#include "agent/work/envelopes/post_keys.h"
#include "agent/work/envelopes/streams.h"
#include "lib/envelope/envelope.h"

struct post {
    int state, home; /* folders: the mail's, and ours */
    uid_t owner;     /* of the mail */
    gid_t group;
    char deployment[DEPLOYMENT_BYTES];
    struct post_keys keys;
    struct envelope_key *theirs[ADDRESSEE_COUNT], *to[ADDRESSEE_COUNT]; /* NULL: the trust file names none */
    unsigned trusts;                                                    /* how often these changed */
    struct opener *opener; /* with these keys; NULL: not since they changed */
    struct streams streams;
};

/* enum addressee whose signing key has this fingerprint; -1: nobody's */
int post_sender(const struct post *, const char *fingerprint);
/* For struct envelope_reader. */
const struct envelope_key *post_signer(void *post, const char *fingerprint, unsigned *ret_peer);

#endif
