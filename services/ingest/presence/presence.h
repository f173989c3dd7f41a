/*
 * Presence of every agent: never → online → late → offline, and what was said: goodbye, updating, maintenance, retired.
 * Pure but for the arrays it is given: times come in, changes are left in a queue for those who tell the world.
 *
 * An agent's byte holds the truth (what its beats say), whether maintenance covers it, and the state last announced:
 * truth and announced differ until the event is in the outbox, however full that is.
 */
#ifndef INGEST_PRESENCE_H
#define INGEST_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/presence/clock.h"
#include "services/ingest/presence/sites.h"

#define PRESENCE_TRUTH 0x07
#define PRESENCE_MAINTENANCE 0x08
#define PRESENCE_ANNOUNCED_SHIFT 4

#define CHANGES_MAX 4096        /* a turn's changes; more are found by looking at every agent's byte */

struct change {
    uint32_t agent;
    enum state state;           /* shown from since_ms on */
    int64_t since_ms;
    enum state before;          /* shown until then */
};

struct presence {
    struct hot *hot;
    struct presence_clock *clock;
    struct sites *sites;
    int64_t agents[STATE_COUNT];        /* registered agents by shown state */
    uint64_t transitions[STATE_COUNT];  /* into each state since the start */
    int64_t offline_after_ms;           /* silence; more than usual while beats are being lost */
    struct change changed[CHANGES_MAX]; /* oldest first */
    size_t n_changed;
    bool changes_lost;                  /* more changed than the queue holds */
    uint32_t next_block;                /* where a scan goes on that met too many changes at once */
};

/* About these two states the registry is right: the files may have been lost, or be older than it. */
uint8_t presence_registered(uint8_t byte, bool retired, bool maintenance);

static inline enum state presence_truth(uint8_t byte)
{
    return byte & PRESENCE_TRUTH;
}

static inline enum state presence_shown(uint8_t byte)
{
    enum state truth = presence_truth(byte);
    return byte & PRESENCE_MAINTENANCE && truth != STATE_RETIRED ? STATE_MAINTENANCE : truth;
}

static inline enum state presence_announced(uint8_t byte)
{
    return byte >> PRESENCE_ANNOUNCED_SHIFT & PRESENCE_TRUTH;
}

/* Live: beats are awaited and `seen` counts. */
static inline bool presence_live(enum state truth)
{
    return truth == STATE_ONLINE || truth == STATE_LATE || truth == STATE_UPDATING;
}

/* In maintenance, and `seen` says nothing: when it was heard last is only known as it is of who is away. */
static inline bool presence_unheard(uint8_t byte)
{
    return presence_shown(byte) == STATE_MAINTENANCE && !presence_live(presence_truth(byte));
}

/* Restore from what the files hold: counts, sites, silence. Bytes that cannot be are put right. */
void presence_restore(struct presence *);
/* A registered agent that was not there before. */
void presence_add(struct presence *, uint32_t agent, int64_t wall_ms);

/* Whether the agent may make us write once more in this minute; counts. One stolen agent must not fill the log nor keep
 * the one thread waiting for the disk. */
bool presence_may_say(struct presence *, uint32_t agent);

/* A fresh authentic beat with these flags (beat.h) from an agent that is not retired. */
void presence_beat(struct presence *, uint32_t agent, uint8_t flags, int64_t wall_ms);
void presence_maintenance(struct presence *, uint32_t agent, bool on, int64_t wall_ms);
/* To another site. */
void presence_move(struct presence *, uint32_t agent, uint32_t site);
void presence_retire(struct presence *, uint32_t agent, int64_t wall_ms);
void presence_announced_set(struct presence *, uint32_t agent, enum state announced);

/* Wall time of the agent's last beat; 0: never heard. */
int64_t presence_last_seen(const struct presence *, uint32_t agent);

/*
 * The expiry scan, in every tick over all agents. A beat only ever moves an agent's deadline away, so for each block of
 * agents it is enough to know when the first of them could be due, as seen when the block was last looked at: a block of
 * live agents is looked at every 5 s, and a tick over ten million agents that beat costs 0.05 ms.
 */
void presence_scan(struct presence *, int64_t wall_ms);
/* When the agents [first, first + n), whole blocks, can be due: for who reads them all anyway. It leaves the scan nothing
 * to fetch from memory, which at ten million agents is most of what a scan costs. */
void presence_look(struct presence *, uint32_t first, uint32_t n);

/* Ticks until the first agent of a block is due if it does not beat; 0: one is. At most DUE_MOST. */
uint16_t presence_block_due(const struct pulse pulses[BLOCK_AGENTS], uint16_t now, struct presence_limits);
#define DUE_MOST 0x3fff         /* half an hour: well within what 16 bits of a tick can tell from the past */

/* The first agent in [from, to) whose shown state is not the announced one, or to. */
uint32_t presence_next_unannounced(const struct pulse *pulses, uint32_t from, uint32_t to);

#endif
