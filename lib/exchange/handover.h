/*
 * Messages on their way to agents' mailboxes: sealed, kept with their counters, and only when that is durable handed to
 * ingest. What is sealed goes in its order, again and again until ingest has it; an agent that gets one twice drops the
 * second.
 *
 * Some at a time, so that neither the loop nor ingest nor memory is taken up by a fan-out. An agent whose mailbox is
 * full holds up no other, and what it takes none of for a week is given up; while ingest is away everything waits.
 */
#ifndef VEDETTE_EXCHANGE_HANDOVER_H
#define VEDETTE_EXCHANGE_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/envelope/envelope.h"
#include "lib/exchange/outgoing.h"
#include "lib/exchange/own_keys.h"

struct bus;
struct loop;
struct loop_timer;
struct problem;

struct handover_owner {
    struct records *records; /* with the tables of agents.h, streams.h and outgoing.h */
    struct bus *bus;
    struct loop *loop;
    const struct own_keys *own;           /* the caller's, who may load them anew */
    const char *(*deployment)(void *arg); /* NULL: there is no trust file yet */
    const char *(*named)(void *arg);      /* fingerprint of the key that the newest trust file names for us */
    void (*turn)(void *arg);              /* there may be room for more: handover_turn is to be called */
    void (*put)(void *arg, const struct outgoing *);                          /* ingest has it */
    void (*lost)(void *arg, const struct outgoing *, const struct problem *); /* it can reach its agent no more */
    void *arg;
};

struct handover {
    struct handover_owner owner;
    struct loop_timer *timer;
    unsigned on_the_way;   /* handed to ingest, not answered */
    int64_t asked;         /* up to which of `outgoing` they were handed over */
    bool failed;           /* wait for the rest of the answers, then for the timer, and begin anew */
    int64_t full_until_ms; /* wall: a mailbox that was full is tried again; INT64_MAX: none is full */
    unsigned backoff_ms;
    int64_t not_before_ms, failing_since_ms; /* monotonic; 0: not */
    uint64_t sealed, put, put_failed, given_up;
};

int handover_start(struct handover *, const struct handover_owner *, struct problem *);

/* Seal a message, and have it handed over. -1 + problem: the agent is not known, there is no trust file. */
int handover_send(
    struct handover *, uint32_t agent, int64_t ticket, enum envelope purpose, const void *message, struct problem *);
/* The agent knows us by this key when it reads what comes next: it was sent the trust file that names it, or has it. */
void handover_known_by(struct handover *, uint32_t agent, const char *fingerprint);
/* How many more may be sealed now. 0: ingest takes none, or has as many as it is given at a time. */
unsigned handover_room(struct handover *);
/* Hand over what is sealed, as soon as this turn is durable. */
void handover_turn(struct handover *);
/* Call owner.turn before long. */
void handover_again(struct handover *, unsigned after_ms);

#endif
