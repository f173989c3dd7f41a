/* What is on its way to agents: one row for each document and agent. */
#ifndef SCHEDULER_DELIVERIES_H
#define SCHEDULER_DELIVERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/records.h"

enum delivery_what { DELIVERY_DOCUMENT, DELIVERY_STOP, DELIVERY_CHECKPOINT, DELIVERY_WHATS };

struct delivery {
    int64_t delivery, number; /* number: of the document, 0 of a checkpoint */
    uint32_t agent;
    enum delivery_what what;
};

/* held: until its ring is let go. Once for each document, agent and what. */
void deliveries_add(struct records *, int64_t number, uint32_t agent, uint32_t ring, enum delivery_what, bool held);
/* All of this document go before everything else. */
void deliveries_first(struct records *, int64_t number);
/* Those to be sealed next, at most n: what stops something first, else in the order in which they were added. */
size_t deliveries_ready(struct records *, struct delivery *ret, size_t n);
void deliveries_sealed(struct records *, int64_t delivery);
/* Show the agent the log's newest checkpoint, unless that is on its way. */
void deliveries_checkpoint(struct records *, uint32_t agent);
/* It waits for a proof, and what the agent is sent behind it waits, too; false: nothing of this agent's does. */
void deliveries_proving(struct records *, int64_t delivery);
bool deliveries_is_proving(struct records *, uint32_t agent);
/* So many of those that waited for proofs, the oldest first, are ready. */
void deliveries_proved(struct records *, size_t n);
/* Send a document again that an agent could not take yet; false: that was done `most` times already. */
bool deliveries_again(struct records *, int64_t number, uint32_t agent, unsigned most);
/* Was the document sent to this agent? */
bool deliveries_known(struct records *, int64_t number, uint32_t agent);
/* Is a version of this document of kind trust still to come into the agent's mailbox? */
bool deliveries_brings_trust(struct records *, const char *document, uint32_t agent);
/* It cannot reach its agent any more. */
void deliveries_drop(struct records *, int64_t delivery);

/* false: there is none of this number. */
bool deliveries_get(struct records *, int64_t delivery, struct delivery *ret);
/* With ingest. */
void deliveries_put(struct records *, int64_t delivery);

/* Documents of which a ring is held, behind a number: the next of them and its lowest held ring. false: none. */
bool deliveries_next_held(struct records *, int64_t after, int64_t *ret_number, uint32_t *ret_ring);
void deliveries_release(struct records *, int64_t number, uint32_t ring);
/* Take back what is not sealed yet of a document. */
void deliveries_withdraw(struct records *, int64_t number);
/* Add a stop for each agent to whom the document went. */
void deliveries_stop(struct records *, int64_t number);

#endif
