/*
 * From deliveries to mailboxes: seal, keep with its counter, and only when that is durable hand it to ingest. What is
 * sealed goes in its order, again and again until ingest has it; an agent that gets one twice drops the second.
 *
 * Some at a time, so that neither the loop nor ingest nor memory is taken up by a fan-out. An agent whose mailbox is
 * full holds up no other, and what it takes none of for FULL_LIMIT_MS is given up; while ingest is away, which `health`
 * says, everything waits.
 */
#ifndef SCHEDULER_DISPATCH_H
#define SCHEDULER_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/envelope.h"
#include "services/scheduler/documents.h"

struct loop_timer;
struct problem;
struct scheduler;

struct dispatch {
    struct scheduler *scheduler;
    struct envelope_key *sign; /* ours */
    struct loop_timer *timer;
    unsigned on_the_way;   /* handed to ingest, not answered */
    int64_t asked;         /* up to which of `outgoing` they were handed over */
    bool failed;           /* wait for the rest of the answers, then for the timer, and begin anew */
    int64_t full_until_ms; /* wall: a mailbox that was full is tried again; INT64_MAX: none is full */
    unsigned backoff_ms;
    int64_t not_before_ms, failing_since_ms; /* monotonic; 0: not */
    struct paper_texts texts; /* of the document that was sealed last: a fan-out seals the same ten thousand times */
    int64_t texts_of;         /* its number; 0: none */
    uint64_t sealed, put, put_failed, given_up;
};

int dispatch_start(struct dispatch *, struct scheduler *, struct problem *);
void dispatch_close(struct dispatch *);
/* Something may be ready. */
void dispatch_turn(struct dispatch *);
/* Seal a message that is no document's, and have it handed over. -1 + problem: the agent is not known, no trust file.
 */
int dispatch_send(struct dispatch *, uint32_t agent, enum envelope purpose, const void *message, struct problem *);

#endif
