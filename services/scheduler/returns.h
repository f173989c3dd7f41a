/*
 * Envelopes from agents: opened, put into the order of their stream, and dealt with in one transaction with their place
 * in it. Ingest is answered when that is durable.
 */
#ifndef SCHEDULER_RETURNS_H
#define SCHEDULER_RETURNS_H

struct envelope_key;
struct problem;
struct scheduler;

#define SENDERS 64 /* agents whose keys are at hand: envelopes of one come in bursts, and to read a key takes 0.2 ms */

struct returns {
    struct envelope_key *seal; /* ours, to open with */
    struct envelope_key *senders[SENDERS]; /* by agent id; another takes the place of one */
};

int returns_start(struct returns *, struct problem *);
void returns_close(struct returns *);
/* Gaps that are not closed in time are skipped; each second. */
void returns_tick(struct scheduler *);

#endif
