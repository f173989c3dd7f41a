/*
 * The restore key service as a whole, and its rooms:
 *
 *     run.c         begins; round after round: what agents wrote is fetched from the server, dealt with, forgotten there
 *     request.c     one envelope, to its answer
 *     verdict.c     may these keys be given: pure
 *     knowledge.c   the trust file, the revocation, the status: pinned here, followed
 *     commits.c     commits, as agents send them in pieces
 *     limits.c      how many keys leave: pure
 *     record.c      what was done, in a file that only grows
 *     streams.c     no envelope is dealt with twice
 *     newest.c      no document that was replaced is dealt with again
 *     init.c        its keys
 */
#ifndef VEDETTE_CLI_KEYSERVER_KEYSERVER_H
#define VEDETTE_CLI_KEYSERVER_KEYSERVER_H

#include "cli/cli.h"
#include "cli/keyserver/commits.h"
#include "cli/keyserver/knowledge.h"
#include "cli/keyserver/limits.h"
#include "cli/keyserver/record.h"

#define KEYSERVER_ROWS_MAX 512 /* keys of one request: their answer takes 180 kB */

struct keyserver {
    struct cli *cli;
    struct envelope_key *sign, *seal; /* of its mail */
    size_t n_keys;
    struct envelope_key *keys[KEYSERVER_KEYS_MAX]; /* that backups are sealed for */
    struct knowledge knowledge;
    struct newest newest;
    struct commits commits;
    struct limits limits;
    struct record record;
};

/* An envelope as the server hands it over: from which agent, and what the server says is its key. */
struct letter {
    uint32_t agent;
    const char *envelope, *sign_key;
};

/* 0: it is dealt with; whoever may be told, was. -1 + problem: not now (the server, or our disk); once more later. */
int request_take(struct keyserver *, const struct letter *, struct problem *);

#endif
