/*
 * vedette-agent-carry, executed for each delivery of mail and gone again: libcurl and OpenSSL take 12 MiB, which the
 * resident does not have. Name look-ups happen there too, so that none ever blocks the heart.
 */
#ifndef VEDETTE_AGENT_CARRIER_H
#define VEDETTE_AGENT_CARRIER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "agent/outcome.h"

struct loop;
struct loop_timer;
struct loop_watch;
struct problem;

#define CARRY_LIMIT_MS 60000 /* name, connection, handshake and answer; then it is killed */

struct carrier {
    char program[PATH_MAX];
    struct loop *loop;
    void (*done)(void *arg, const struct outcome *); /* exactly once for each carrier_start that succeeded */
    void *arg;

    pid_t pid; /* 0: none is under way */
    int pidfd, output;
    struct loop_watch *watch;
    struct loop_timer *limit;
};

/* Where the program is: beside our own executable, else /usr/lib/vedette. */
int carrier_find(char ret[PATH_MAX], struct problem *);
int carrier_open(struct carrier *, struct loop *, struct problem *);
/* nonce NULL: none. At most one at a time: the caller asks carrier_busy first. */
int carrier_start(struct carrier *, const char *instance, const char *nonce, struct problem *);
bool carrier_busy(const struct carrier *);
/* End the one under way, if any; done is not called. */
void carrier_close(struct carrier *);

#endif
