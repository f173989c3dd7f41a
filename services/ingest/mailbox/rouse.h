/*
 * Whom to wake because mail waits: at once when one message comes, spread out when a task goes to thousands, and again
 * while nobody comes for it. Pure, the clock is passed in; sending is the caller's.
 */
#ifndef INGEST_MAILBOX_ROUSE_H
#define INGEST_MAILBOX_ROUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem;

#define ROUSE_BURST 32       /* go out at once */
#define ROUSE_A_SECOND 400   /* beyond: each who comes costs a handshake, 2 ms */
#define ROUSE_SOON_MS 1000   /* a wake that may not go yet: one a second an agent */
#define ROUSE_AGAIN_MS 5000  /* one that may have been lost, or whose agent is away; doubling each time … */
#define ROUSE_LONG_MS 640000 /* … to about what the agent's own probes take */

struct rouse_agent {
    uint32_t due;  /* low bits of the milliseconds at which its turn is */
    uint8_t tries; /* 0: nothing waits for it; else one more than it was tried since something came */
};

struct rouse {
    uint32_t room; /* greatest id there is room for */
    struct rouse_agent *agents;
    struct rouse_entry *heap; /* by time; one that is not the agent's present turn is of no meaning */
    size_t n, heap_room;
    int64_t refilled_ms;
    uint32_t credit_us; /* wakes that may go at once, in microseconds of their spacing */
};

int rouse_open(struct rouse *, uint32_t room, struct problem *);
void rouse_close(struct rouse *);

/* Something more waits for it. */
void rouse_add(struct rouse *, uint32_t agent, int64_t mono_ms);
/* Whether something waits for it, as far as is known here. */
bool rouse_waits(const struct rouse *, uint32_t agent);
/* It has come for all that waits. */
void rouse_came(struct rouse *, uint32_t agent);
/* The next one to be woken now; 0: none. Tell rouse_tried what became of it. */
uint32_t rouse_next(struct rouse *, int64_t mono_ms);
enum rouse_outcome { ROUSE_SENT, ROUSE_TOO_SOON, ROUSE_AWAY };
void rouse_tried(struct rouse *, uint32_t agent, enum rouse_outcome, int64_t mono_ms);
/* When to ask rouse_next again; INT64_MAX: when somebody is added. */
int64_t rouse_due_ms(const struct rouse *, int64_t mono_ms);

#endif
