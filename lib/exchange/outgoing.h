/*
 * Sealed envelopes that ingest does not have yet, in the order in which they were sealed; and agents whose mailbox
 * takes no more, for whom nothing is handed over until a time. Tables `outgoing` and `full_mailbox`.
 */
#ifndef VEDETTE_EXCHANGE_OUTGOING_H
#define VEDETTE_EXCHANGE_OUTGOING_H

#include <stddef.h>
#include <stdint.h>

struct records;

struct outgoing {
    int64_t number; /* in the order in which they were sealed */
    int64_t ticket; /* what whoever sealed it knows it by; 0: by nothing */
    uint32_t agent;
};

void outgoing_add(struct records *, uint32_t agent, int64_t ticket, const void *envelope, size_t bytes);
/* It is with ingest, or never will be. */
void outgoing_forget(struct records *, int64_t number);

/* Those behind a number, at most limit; of agents whose mailbox is full none. */
typedef void outgoing_each(void *arg, const struct outgoing *, const void *envelope, size_t bytes);
void outgoing_list(struct records *, int64_t after, int64_t now_ms, size_t limit, outgoing_each *, void *arg);

/* The agent's mailbox took none at now_ms: hand over nothing for it for a while, each time twice as long. Returns since
 * when it has taken none. */
int64_t outgoing_full(struct records *, uint32_t agent, int64_t now_ms);
void outgoing_not_full(struct records *, uint32_t agent);
/* When the first of them is to be tried again; INT64_MAX: none is. */
int64_t outgoing_full_until(struct records *);

#endif
