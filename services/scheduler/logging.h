/*
 * A document's way into the log and back: document.logged is in the outbox before the document is stored, the log says
 * where it stands (follow.c), and its receipt is asked for. Whoever handed it over is answered as soon as the log has
 * it.
 */
#ifndef SCHEDULER_LOGGING_H
#define SCHEDULER_LOGGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/exchange/proving.h"

struct bus_request;
struct paper;
struct problem;
struct scheduler;

#define LOGGING_WAITING_MAX 256 /* documents that were handed over within some milliseconds */

struct logging {
    struct proving proving;
    struct {
        struct bus_request *request;
        int64_t number, until_ms;
    } waiting[LOGGING_WAITING_MAX];
    size_t n_waiting;
    int64_t before;   /* documents up to this number are from before this start; */
    unsigned settled; /* for so many ticks the log has had everything that was in the outbox */
    bool recovered;   /* what it does not have of them is told again */
};

void logging_start(struct scheduler *);
/* Can the log take an operation now? -1 + "log-unavailable". */
int logging_ready(struct scheduler *, struct problem *);
/* Put document.logged into the outbox; stopping: durably, for nobody waits for the log. -1 + problem. */
int logging_tell(struct scheduler *, const struct paper *, struct problem *);
/* Answer this request when the log has the document. */
void logging_wait(struct scheduler *, struct bus_request *, int64_t number);
/* The log has it. */
void logging_found(struct scheduler *, int64_t number, uint64_t sequence);
/* Each second. */
void logging_tick(struct scheduler *);

#endif
