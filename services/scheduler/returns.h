/*
 * Envelopes from agents: opened, put into the order of their stream, and dealt with in one transaction with their place
 * in it. Ingest is answered when that is durable.
 */
#ifndef SCHEDULER_RETURNS_H
#define SCHEDULER_RETURNS_H

struct envelope_key;
struct problem;
struct scheduler;

struct returns {
    struct envelope_key *seal; /* ours, to open with */
};

int returns_start(struct returns *, struct problem *);
void returns_close(struct returns *);
/* Gaps that are not closed in time are skipped; each second. */
void returns_tick(struct scheduler *);

#endif
