/*
 * vedette-agent-carry, executed when there is mail and gone again soon after: libcurl and OpenSSL take 12 MiB, which
 * the resident does not have. Name look-ups happen there too, so that none ever blocks the heart.
 *
 * It makes a round at once: fetches envelopes, reports the machine, sends what waits. Then it keeps its connection for
 * CARRY_LINGER_MS, in which a byte on its input asks for another round: that is what makes the answer to a task, or a
 * second task, cost no handshake. It says a line for each of these:
 *
 *     in             envelopes have come: they are in mail/in/
 *     {…}            a round is over (agent/outcome.h)
 *     end <rounds>   it goes, having made so many rounds
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

#define CARRY_LIMIT_MS 60000 /* a round: name, connection, handshake and answers; then it is killed */
#define CARRY_LINGER_MS 2000 /* 12 MiB for so long, against 20 ms of CPU and a handshake */

struct carrier {
    char program[PATH_MAX];
    struct loop *loop;
    void (*arrived)(void *arg);                      /* envelopes are in mail/in/ */
    void (*done)(void *arg, const struct outcome *); /* a round is over; at least once for each carrier_start */
    void (*ended)(void *arg, bool again); /* it has gone. again: without a round that it was asked for meanwhile */
    void *arg;

    pid_t pid; /* 0: none is under way */
    int pidfd, input, output;
    struct loop_watch *ending, *talking;
    struct loop_timer *limit;
    char line[OUTCOME_LIMIT_BYTES];
    size_t length;
    unsigned asked, made; /* rounds; made is what it said when it went */
    bool told;            /* what became of a round */
};

int carrier_open(struct carrier *, struct loop *, struct problem *);
/* nonce NULL: none. At most one at a time: the caller asks carrier_busy first. */
int carrier_start(struct carrier *, const char *instance, const char *nonce, struct problem *);
bool carrier_busy(const struct carrier *);
/* There is more mail, in either direction: ask the one under way for another round. */
void carrier_nudge(struct carrier *);
/* Let the one under way end after its round. */
void carrier_dismiss(struct carrier *);
/* End the one under way, if any, at once; nobody is told. */
void carrier_close(struct carrier *);

#endif
