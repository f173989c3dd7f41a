/*
 * The agent's own keys of envelopes. Those of its enrolment lie in the state directory, and the one that signs is the
 * agent's name for good: by it documents and backups know this machine. Pairs that took their place in its mail lie in
 * KEYS_DIR, among what work keeps, under that name and the deployment: a machine that is enrolled anew begins with its
 * enrolment's. A pair is there when its signing key is.
 */
#ifndef VEDETTE_AGENT_WORK_POST_KEYS_H
#define VEDETTE_AGENT_WORK_POST_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/envelope/key.h"

struct problem;

#define POST_PAIRS_MAX 8 /* each costs the opening of an envelope a comparison */
#define POST_KEY_PATH_BYTES 80
#define POST_TIME_DIGITS 14
#define POST_TIME_BYTES 15

struct post_pair {
    struct envelope_key *sign, *seal;
    char time[POST_TIME_BYTES]; /* when it was made, in ms: part of its files' names; "": at the enrolment */
};

struct post_keys {
    char prefix[POST_KEY_PATH_BYTES / 2]; /* of its files */
    size_t n;
    struct post_pair pairs[POST_PAIRS_MAX];         /* by age; the first is the enrolment's */
    const struct envelope_key *own[POST_PAIRS_MAX]; /* the sealing ones, the newest first */
};

/* state: the state directory; the working directory is where work keeps its own. *ret is untouched on failure. */
int post_keys_load(int state, const char *deployment, struct post_keys *ret, struct problem *);
void post_keys_free(struct post_keys *);

/* The pair that signs with the key of this fingerprint; NULL: none. */
const struct post_pair *post_keys_find(const struct post_keys *, const char *fingerprint);
const struct post_pair *post_keys_newest(const struct post_keys *);
/* Where its sealing key lies: of the enrolment's below the state directory, else below the working directory. */
bool post_pair_is_enrolled(const struct post_pair *);
const char *post_keys_seal_path(const struct post_keys *, const struct post_pair *, char ret[POST_KEY_PATH_BYTES]);

/* Make a pair, which is the newest from then on, and forget the oldest where there are many. "too-soon": what was
 * sealed for that one may still be on its way. */
int post_keys_make(struct post_keys *, int64_t wall_ms, struct problem *);

#endif
