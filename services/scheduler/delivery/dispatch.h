/*
 * From deliveries to mailboxes: what a delivery says is put together and handed over (lib/exchange/handover.h), some at
 * a time. While ingest is away, which `health` says, everything waits.
 */
#ifndef SCHEDULER_DISPATCH_H
#define SCHEDULER_DISPATCH_H

#include "lib/exchange/handover.h"
#include "services/scheduler/documents/documents.h"

struct problem;
struct scheduler;

struct dispatch {
    struct scheduler *scheduler;
    struct handover handover;
    struct paper_texts texts; /* of the document that was sealed last: a fan-out seals the same ten thousand times */
    int64_t texts_of;         /* its number; 0: none */
    char names[FINGERPRINT_HEX_BYTES]; /* if that is a trust file: the key of ours that agents know by it; "" */
};

int dispatch_start(struct dispatch *, struct scheduler *, struct problem *);
void dispatch_close(struct dispatch *);
/* Something may be ready. */
void dispatch_turn(struct dispatch *);
/* Seal a message that is no document's, and have it handed over. -1 + problem: the agent is not known, no trust
 * file. */
int dispatch_send(struct dispatch *, uint32_t agent, enum envelope purpose, const void *message, struct problem *);

#endif
