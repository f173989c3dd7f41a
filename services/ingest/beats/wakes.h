/*
 * Wakes: 24 bytes to an agent's address that say "come by HTTPS". Never larger than the beat that provoked it, at most
 * one a second an agent, one a minute for beats with an old counter, and only to an address that two beats came from.
 */
#ifndef INGEST_WAKES_H
#define INGEST_WAKES_H

#include <stdint.h>

struct beat;
struct beats;
struct hot;
struct problem;
struct registry;
struct sockaddr;

#define GREETINGS_A_SECOND 500  /* each costs a look-up in the registry, some 20 µs, between two drains */
#define STALE_SLOTS 8192        /* by agent id; a slot that another takes over costs its agent one more beat */

/* An agent whose beats have an old counter, from where: a restored image, or a copied identity. */
struct stale {
    uint32_t agent;
    uint16_t tag;
    uint64_t counter;
};

struct wakes {
    struct hot *hot;
    struct registry *registry;
    struct beats *beats;
    uint64_t next, reserved_to;     /* counters of wakes: one sequence for all agents, reserved in the registry in blocks */
    uint64_t sent, failed;
    int64_t greeting_s;             /* second in which so many were greeted */
    unsigned greeted;
    struct stale stale[STALE_SLOTS];
};

int wakes_start(struct wakes *, struct problem *);

/* Wake an agent where its accepted beats come from. Away: nobody knows where, or it could not be sent there. */
enum wake_outcome { WAKE_SENT, WAKE_TOO_SOON, WAKE_AWAY };
enum wake_outcome wake_agent(struct wakes *, uint32_t agent, int64_t mono_ms);
/* Answer a probe: the agent learns that wakes arrive and need not poll. At most GREETINGS_A_SECOND in all; an agent
 * that gets none asks again, and then polls. */
void wake_greet(struct wakes *, uint32_t agent, int64_t mono_ms);
/* An authentic beat with an old counter. What comes from there is confirmed by a second beat that counts on: one that
 * was recorded and is sent again and again earns nothing. */
void wake_stale(struct wakes *, const struct beat *, const struct sockaddr *from, uint16_t tag, int64_t mono_ms);

#endif
