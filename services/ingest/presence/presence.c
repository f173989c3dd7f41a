#include "services/ingest/presence/presence.h"

#include "lib/beat.h"

/* Of one agent; enough for some restarts. A change is an event that is kept for years, a report is a commit. */
#define SAID_A_MINUTE 20
#define CHANGED_A_SCAN 100000        /* then beats are drained first: 10 ms */
#define LOSING_LOOK (5000 / TICK_MS) /* as often as a large fleet's pages are made */

static void queue_change(struct presence *presence, const struct change *change)
{
    if (presence->n_changed < CHANGES_MAX)
        presence->changed[presence->n_changed++] = *change;
    else
        presence->changes_lost = true;
}

/* The block must be looked at no later than an agent that is heard now can become late. */
static void due_by(uint16_t *due, uint16_t now)
{
    uint16_t left = (uint16_t)(*due - now);
    if (left < 0x8000 && left > presence_usual_limits.late)
        *due = (uint16_t)(now + presence_usual_limits.late);
}

/* Maintenance covers it as before, but when it was heard last is known by another way. Nobody is told of it. */
static void show_again(struct presence *presence, uint32_t agent)
{
    const enum state shown = presence_shown(presence->hot->pulse[agent].state);
    presence->hot->dirty_state[agent / PAGE_AGENTS] = 1;
    queue_change(presence, &(struct change){ agent, shown, presence->hot->cold[agent].since_ms, shown });
}

/* The one place where an agent's byte changes its meaning. */
static void set(struct presence *presence, uint32_t agent, uint8_t byte, int64_t wall_ms)
{
    struct hot *hot = presence->hot;
    uint8_t before = hot->pulse[agent].state;
    bool was_live = presence_live(presence_truth(before)), is_live = presence_live(presence_truth(byte));
    if (was_live && !is_live) {
        hot->cold[agent].last_seen_ms = presence_clock_wall(presence->clock, hot->pulse[agent].seen);
        bool fell = presence_truth(byte) == STATE_OFFLINE && !(byte & PRESENCE_MAINTENANCE);
        site_left(presence->sites, hot->site[agent], fell, presence->clock->saved->now_ms);
    } else if (!was_live && is_live) {
        site_heard(presence->sites, hot->site[agent]);
    }
    hot_state_set(hot, agent, byte);
    if (is_live)
        due_by(&hot->due[agent / BLOCK_AGENTS], (uint16_t)presence_clock_tick(presence->clock));
    if (presence_shown(before) == presence_shown(byte)) {
        hot_changed(hot, agent);
        if (presence_unheard(before) != presence_unheard(byte))
            show_again(presence, agent);
        return;
    }
    presence->agents[presence_shown(before)]--;
    presence->agents[presence_shown(byte)]++;
    presence->transitions[presence_shown(byte)]++;
    hot->cold[agent].since_ms = wall_ms;
    hot_changed(hot, agent);
    hot->dirty_state[agent / PAGE_AGENTS] = 1;
    queue_change(presence, &(struct change){ agent, presence_shown(byte), wall_ms, presence_shown(before) });
}

static void set_truth(struct presence *presence, uint32_t agent, enum state truth, int64_t wall_ms)
{
    uint8_t byte = presence->hot->pulse[agent].state;
    set(presence, agent, (uint8_t)((byte & ~PRESENCE_TRUTH) | truth), wall_ms);
}

uint8_t presence_registered(uint8_t byte, bool retired, bool maintenance)
{
    byte &= (uint8_t)~PRESENCE_MAINTENANCE;
    if (maintenance)
        byte |= PRESENCE_MAINTENANCE;
    if (retired)
        byte |= STATE_RETIRED;
    else if (presence_truth(byte) == STATE_RETIRED)
        byte &= (uint8_t)~PRESENCE_TRUTH;
    return byte;
}

static void restore_agent(struct presence *presence, uint32_t agent, uint16_t now)
{
    struct hot *hot = presence->hot;
    uint8_t byte = hot->pulse[agent].state;
    if (presence_truth(byte) == STATE_MAINTENANCE) /* is never the truth: a torn write */
        hot_state_set(hot, agent, byte = STATE_NEVER);
    presence->agents[presence_shown(byte)]++;
    if (!presence_live(presence_truth(byte)))
        return;
    presence->sites->all[hot->site[agent]].live++;
    /* Files reach the disk in any order: after a power cut `seen` may be newer than the clock. */
    if ((uint16_t)(now - hot->pulse[agent].seen) > 2 * 3600 * 1000 / TICK_MS)
        hot->pulse[agent].seen = now;
}

/* A site whose agents had gone offline together was silent before the restart, and was told so. */
static void restore_silence(struct presence *presence)
{
    const struct hot *hot = presence->hot;
    struct sites *sites = presence->sites;
    for (uint32_t agent = 1; agent <= hot->highest; agent++) {
        struct site *site = &sites->all[hot->site[agent]];
        if (hot->pulse[agent].state % 16 == STATE_OFFLINE && hot->cold[agent].since_ms > site->last_fall_ms)
            site->last_fall_ms = hot->cold[agent].since_ms;
    }
    for (uint32_t agent = 1; agent <= hot->highest; agent++) {
        struct site *site = &sites->all[hot->site[agent]];
        if (hot->pulse[agent].state % 16 == STATE_OFFLINE &&
            hot->cold[agent].since_ms >= site->last_fall_ms - SITE_TOGETHER_MS)
            site->fallen++;
    }
    for (uint32_t i = 0; i < sites->n; i++) {
        struct site *site = &sites->all[i];
        site->silent = site->announced_silent = !site->live && site->fallen >= 2;
        site->fallen = 0; /* falls were counted by the wall; from now on by the presence clock */
    }
}

void presence_restore(struct presence *presence)
{
    struct hot *hot = presence->hot;
    uint16_t now = (uint16_t)presence_clock_tick(presence->clock);
    for (uint32_t agent = 1; agent <= hot->highest; agent++)
        restore_agent(presence, agent, now);
    for (uint32_t block = 0; block < hot_blocks(hot); block++)
        hot->due[block] = now;
    restore_silence(presence);
    presence->changes_lost = true; /* whatever was not announced before the restart is announced now */
}

void presence_add(struct presence *presence, uint32_t agent, int64_t wall_ms)
{
    struct hot *hot = presence->hot;
    hot->cold[agent] = (struct cold){ .since_ms = wall_ms };
    hot_state_set(hot, agent, STATE_NEVER);
    hot_changed(hot, agent);
    hot->dirty_state[agent / PAGE_AGENTS] = hot->dirty_record[agent / BUCKET_AGENTS] = 1;
    presence->agents[STATE_NEVER]++;
}

bool presence_may_say(struct presence *presence, uint32_t agent)
{
    struct cold *cold = &presence->hot->cold[agent];
    uint32_t minute = (uint32_t)(presence->clock->saved->now_ms / 60000);
    if (cold->said_minute != minute) {
        cold->said_minute = minute;
        cold->said = 0;
    }
    if (cold->said == SAID_A_MINUTE)
        return false;
    cold->said++;
    return true;
}

void presence_beat(struct presence *presence, uint32_t agent, uint8_t flags, int64_t wall_ms)
{
    struct hot *hot = presence->hot;
    enum state truth = flags & BEAT_GOODBYE ? STATE_GOODBYE : flags & BEAT_UPDATING ? STATE_UPDATING : STATE_ONLINE;
    uint16_t now = (uint16_t)presence_clock_tick(presence->clock);
    __atomic_store_n(&hot->pulse[agent].seen, now, __ATOMIC_RELAXED);
    hot->dirty_seen[agent / PAGE_AGENTS] = 1;
    /* What is not heard now a later beat will say again. */
    if (presence_truth(hot->pulse[agent].state) == truth || !presence_may_say(presence, agent))
        return;
    set_truth(presence, agent, truth, wall_ms);
    if (!presence_live(truth)) {
        hot->cold[agent].last_seen_ms = wall_ms;
        hot_changed(hot, agent);
    }
}

void presence_maintenance(struct presence *presence, uint32_t agent, bool on, int64_t wall_ms)
{
    uint8_t byte = presence->hot->pulse[agent].state & (uint8_t)~PRESENCE_MAINTENANCE;
    set(presence, agent, on ? byte | PRESENCE_MAINTENANCE : byte, wall_ms);
}

void presence_move(struct presence *presence, uint32_t agent, uint32_t site)
{
    uint32_t *at = &presence->hot->site[agent];
    bool live = presence_live(presence_truth(presence->hot->pulse[agent].state));
    if (live)
        site_left(presence->sites, *at, false, presence->clock->saved->now_ms);
    *at = site;
    if (live)
        site_heard(presence->sites, site);
}

void presence_retire(struct presence *presence, uint32_t agent, int64_t wall_ms)
{
    set_truth(presence, agent, STATE_RETIRED, wall_ms);
}

void presence_announced_set(struct presence *presence, uint32_t agent, enum state announced)
{
    uint8_t byte = presence->hot->pulse[agent].state & (PRESENCE_TRUTH | PRESENCE_MAINTENANCE);
    hot_state_set(presence->hot, agent, (uint8_t)(byte | announced << PRESENCE_ANNOUNCED_SHIFT));
    hot_changed(presence->hot, agent);
}

int64_t presence_last_seen(const struct presence *presence, uint32_t agent)
{
    const struct cold *cold = &presence->hot->cold[agent];
    uint8_t byte = presence->hot->pulse[agent].state;
    if (!presence_live(presence_truth(byte)))
        return cold->last_seen_ms;
    int64_t seen_ms = presence_clock_wall(presence->clock, presence->hot->pulse[agent].seen);
    /* A tick is 125 ms long: the beat that made the agent online came no earlier than that. */
    return presence_shown(byte) == STATE_ONLINE && seen_ms < cold->since_ms ? cold->since_ms : seen_ms;
}

/* Ticks left to an agent; UINT16_MAX if it is not live. */
static inline uint16_t ticks_left(const struct pulse *pulse, uint16_t now, struct presence_limits limits)
{
    enum state truth = presence_truth(pulse->state);
    if (!presence_live(truth))
        return UINT16_MAX;
    uint16_t age = (uint16_t)(now - pulse->seen);
    uint16_t limit = truth == STATE_ONLINE ? limits.late : truth == STATE_LATE ? limits.offline : limits.updating;
    return limit > age ? (uint16_t)(limit - age) : 0;
}

uint16_t presence_block_due(const struct pulse pulses[BLOCK_AGENTS], uint16_t now, struct presence_limits limits)
{
    uint16_t least = DUE_MOST;
    for (int i = 0; i < BLOCK_AGENTS; i++) {
        uint16_t left = ticks_left(&pulses[i], now, limits);
        least = left < least ? left : least;
    }
    return least;
}

/* The first block in [from, to) whose time has come, or to: the highest bit of what has passed since then is clear. */
static uint32_t next_due_block(const uint16_t *due, uint32_t from, uint32_t to, uint16_t now)
{
    for (; to - from >= BLOCK_AGENTS; from += BLOCK_AGENTS) {
        uint16_t any = 0;
        for (int i = 0; i < BLOCK_AGENTS; i++)
            any |= (uint16_t) ~(now - due[from + i]);
        if (any & 0x8000)
            break;
    }
    while (from < to && (uint16_t)(now - due[from]) & 0x8000)
        from++;
    return from;
}

/* Returns how many agents changed. */
static unsigned expire_block(
    struct presence *presence, uint32_t first, uint16_t now, struct presence_limits limits, int64_t wall_ms)
{
    const struct hot *hot = presence->hot;
    unsigned changed = 0;
    for (uint32_t agent = first; agent < first + BLOCK_AGENTS; agent++) {
        if (ticks_left(&hot->pulse[agent], now, limits))
            continue;
        bool late = presence_truth(hot->pulse[agent].state) == STATE_ONLINE;
        set_truth(presence, agent, late ? STATE_LATE : STATE_OFFLINE, wall_ms);
        changed++;
    }
    return changed;
}

/*
 * By the usual limits: if only a standstill holds them up, the block is looked at again in the next tick. A loss holds
 * up some agents of most blocks, and for long: they are judged when the limits of now say so, and looked at meanwhile
 * as those limits change, for reading everybody in each tick would lose more.
 */
static void set_due(struct hot *hot, uint32_t block, uint16_t now, struct presence_limits limits)
{
    const struct pulse *pulses = hot->pulse + block * BLOCK_AGENTS;
    uint16_t left = presence_block_due(pulses, now, presence_usual_limits);
    if (!left && limits.late > presence_usual_limits.late && limits.late < UINT16_MAX) {
        left = presence_block_due(pulses, now, limits);
        left = left < LOSING_LOOK ? left : LOSING_LOOK;
    }
    hot->due[block] = (uint16_t)(now + left);
}

void presence_look(struct presence *presence, uint32_t first, uint32_t n)
{
    const struct presence_limits limits = presence_clock_limits(presence->clock, presence->hot->highest);
    uint16_t now = (uint16_t)presence_clock_tick(presence->clock);
    for (uint32_t block = first / BLOCK_AGENTS; block < (first + n) / BLOCK_AGENTS; block++)
        set_due(presence->hot, block, now, limits);
}

uint32_t presence_next_unannounced(const struct pulse *pulses, uint32_t from, uint32_t to)
{
    while (from < to && presence_shown(pulses[from].state) == presence_announced(pulses[from].state))
        from++;
    return from;
}

void presence_scan(struct presence *presence, int64_t wall_ms)
{
    struct hot *hot = presence->hot;
    const struct presence_limits limits = presence_clock_limits(presence->clock, hot->highest);
    uint16_t now = (uint16_t)presence_clock_tick(presence->clock);
    uint32_t blocks = hot_blocks(hot), block = presence->next_block;
    unsigned changed = 0;
    presence->offline_after_ms = limits.offline * TICK_MS;
    for (; (block = next_due_block(hot->due, block, blocks, now)) < blocks && changed < CHANGED_A_SCAN; block++) {
        uint32_t first = block * BLOCK_AGENTS;
        if (!presence_block_due(hot->pulse + first, now, limits))
            changed += expire_block(presence, first, now, limits, wall_ms);
        set_due(hot, block, now, limits);
    }
    presence->next_block = block < blocks ? block : 0;
}
