/*
 * Live state in Redis, for those who show it: coalesced pages, never a write a beat. Everything here can be lost at
 * any moment and is written again; while Redis is away presence goes on.
 */
#ifndef INGEST_LIVE_H
#define INGEST_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "lib/buf.h"

struct presence;
struct problem;
struct registry;
struct loop;
struct store;

/* live:away: wrong or too long, to be deleted; deleted; complete, or being completed. */
enum live_away { AWAY_STALE, AWAY_DROPPED, AWAY_LISTED };

struct live {
    struct presence *presence;
    struct registry *registry;
    struct store *store;
    uint32_t next_seen, next_state, next_bucket;    /* where each round goes on */
    enum live_away away;
    uint32_t next_away;         /* agent at which the listing goes on */
    bool beats_wait;            /* the last drain left some in the queue: the owner says so */
    bool clock_there;           /* live:clock is in Redis, unless somebody wiped it */
    uint32_t buckets_told;      /* what live:count says */
    uint64_t pages, records, wiped, errors;
    struct buf text;            /* scratch */
};

int live_open(struct live *, struct loop *, const char *socket, const char *password_file, struct problem *);
void live_close(struct live *);

/* At every tick: what is due. */
void live_tick(struct live *);
/* An agent's shown state changed. */
void live_changed(struct live *, uint32_t agent, enum state before);
/* Changes were lost: list anew who is away. */
void live_rebuild_away(struct live *);

#endif
