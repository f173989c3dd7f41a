/*
 * Envelopes from agents: opened, put into the order of their stream, and dealt with in one transaction with their place
 * in it. Ingest is answered when that is durable.
 */
#ifndef VEDETTE_EXCHANGE_INCOMING_H
#define VEDETTE_EXCHANGE_INCOMING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/exchange/budget.h"

struct bus;
struct bus_request;
struct envelope_key;
struct envelope_opened;
struct own_keys;
struct problem;
struct records;
struct roster;

#define INCOMING_SENDERS                                                                                               \
    64 /* agents whose keys are at hand: envelopes come in bursts, and to read a key takes 0.2 ms */

struct incoming_owner {
    struct records *records; /* with the tables of agents.h and streams.h */
    struct bus *bus;
    struct roster *roster;
    unsigned peer;                        /* enum peer that we are */
    struct own_keys *own;                 /* to open with; the caller's, */
    const char *folder;                   /* who has them here: loaded anew when an envelope is for another key */
    const char *(*deployment)(void *arg); /* NULL: there is no trust file yet */
    /* What an agent says, in its turn. -1 + problem: it cannot be kept now, and ingest should. */
    int (*deal)(void *arg, uint32_t agent, const struct envelope_opened *, struct problem *);
    void *arg;
};

struct incoming {
    struct incoming_owner owner;
    struct envelope_key *senders[INCOMING_SENDERS]; /* by agent id; another takes the place of one */
    struct budget budget;                           /* of each agent */
    uint64_t opened, refused;                       /* envelopes that are none of our agents' */
    uint64_t put_off;                               /* times that an agent had used its budget up */
};

void incoming_start(struct incoming *, const struct incoming_owner *);
void incoming_close(struct incoming *);
/* An envelope as ingest hands it over, in base64: answer(request) follows when it is dealt with, or never will be, and
 * that is durable; else the request is refused, and ingest keeps it. */
void incoming_take(
    struct incoming *, struct bus_request *, uint32_t agent, const char *envelope, void (*answer)(void *request));
/* Gaps that are not closed in time are skipped; each second. */
void incoming_tick(struct incoming *);

#endif
