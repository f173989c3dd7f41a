#include "services/ingest/mailbox/rouse.h"

#include <stdlib.h>

#include "lib/problem.h"

#define APART_US (1000000 / ROUSE_A_SECOND)
#define CREDIT_MAX_US (ROUSE_BURST * APART_US)
#define ENTRIES_AN_AGENT 4 /* its turn, and some that were its turn before more came */

struct rouse_entry {
    int64_t due_ms;
    uint32_t agent;
};

int rouse_open(struct rouse *rouse, uint32_t room, struct problem *problem)
{
    *rouse = (struct rouse){ .room = room, .credit_us = CREDIT_MAX_US };
    rouse->agents = calloc((size_t)room + 1, sizeof(*rouse->agents));
    return rouse->agents ? 0 : problem_set(problem, "no-memory", "", "no memory for the mailboxes");
}

void rouse_close(struct rouse *rouse)
{
    free(rouse->agents);
    free(rouse->heap);
    *rouse = (struct rouse){ 0 };
}

static bool has_room(struct rouse *rouse)
{
    size_t most = (size_t)rouse->room * ENTRIES_AN_AGENT;
    if (rouse->n < rouse->heap_room)
        return true;
    size_t room = rouse->heap_room ? rouse->heap_room * 2 : 64;
    struct rouse_entry *heap = rouse->n < most ? realloc(rouse->heap, room * sizeof(*heap)) : NULL;
    if (!heap)
        return false;
    rouse->heap = heap;
    rouse->heap_room = room;
    return true;
}

/* If there is no memory for this, the agent comes by itself: it probes every quarter of an hour. */
static void push(struct rouse *rouse, uint32_t agent, int64_t due_ms)
{
    if (!has_room(rouse))
        return;
    size_t i = rouse->n++;
    for (; i && rouse->heap[(i - 1) / 2].due_ms > due_ms; i = (i - 1) / 2)
        rouse->heap[i] = rouse->heap[(i - 1) / 2];
    rouse->heap[i] = (struct rouse_entry){ due_ms, agent };
    rouse->agents[agent].due = (uint32_t)due_ms;
}

static struct rouse_entry pop(struct rouse *rouse)
{
    const struct rouse_entry first = rouse->heap[0], last = rouse->heap[--rouse->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < rouse->n; i = child) {
        if (child + 1 < rouse->n && rouse->heap[child + 1].due_ms < rouse->heap[child].due_ms)
            child++;
        if (rouse->heap[child].due_ms >= last.due_ms)
            break;
        rouse->heap[i] = rouse->heap[child];
    }
    if (rouse->n)
        rouse->heap[i] = last;
    return first;
}

void rouse_add(struct rouse *rouse, uint32_t agent, int64_t mono_ms)
{
    struct rouse_agent *one = &rouse->agents[agent];
    /* About to be woken already. */
    if (one->tries == 1 && (int32_t)(one->due - (uint32_t)mono_ms) <= ROUSE_SOON_MS)
        return;
    one->tries = 1;
    push(rouse, agent, mono_ms);
}

bool rouse_waits(const struct rouse *rouse, uint32_t agent)
{
    return rouse->n && rouse->agents[agent].tries; /* who waits has its turn in the heap */
}

void rouse_came(struct rouse *rouse, uint32_t agent)
{
    rouse->agents[agent].tries = 0;
}

static void refill(struct rouse *rouse, int64_t mono_ms)
{
    int64_t gained_us = (mono_ms - rouse->refilled_ms) * 1000;
    rouse->credit_us =
        gained_us > CREDIT_MAX_US - (int64_t)rouse->credit_us ? CREDIT_MAX_US : rouse->credit_us + (uint32_t)gained_us;
    rouse->refilled_ms = mono_ms;
}

uint32_t rouse_next(struct rouse *rouse, int64_t mono_ms)
{
    refill(rouse, mono_ms);
    while (rouse->n && rouse->heap[0].due_ms <= mono_ms && rouse->credit_us >= APART_US) {
        const struct rouse_entry entry = pop(rouse);
        const struct rouse_agent *agent = &rouse->agents[entry.agent];
        if (!agent->tries || agent->due != (uint32_t)entry.due_ms)
            continue; /* it came, or its turn is at another time */
        rouse->credit_us -= APART_US;
        return entry.agent;
    }
    return 0;
}

void rouse_tried(struct rouse *rouse, uint32_t agent, enum rouse_outcome outcome, int64_t mono_ms)
{
    struct rouse_agent *one = &rouse->agents[agent];
    int64_t again_ms = ROUSE_AGAIN_MS;
    if (outcome == ROUSE_TOO_SOON) {
        push(rouse, agent, mono_ms + ROUSE_SOON_MS);
        return;
    }
    for (unsigned i = 1; i < one->tries && again_ms < ROUSE_LONG_MS; i++)
        again_ms *= 2;
    if (one->tries < UINT8_MAX)
        one->tries++;
    push(rouse, agent, mono_ms + again_ms);
}

int64_t rouse_due_ms(const struct rouse *rouse, int64_t mono_ms)
{
    if (!rouse->n)
        return INT64_MAX;
    int64_t credit_ms = rouse->credit_us >= APART_US ? mono_ms : mono_ms + (APART_US - rouse->credit_us + 999) / 1000;
    return rouse->heap[0].due_ms > credit_ms ? rouse->heap[0].due_ms : credit_ms;
}
