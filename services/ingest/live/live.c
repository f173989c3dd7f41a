#include "services/ingest/live/live.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "lib/beat.h"
#include "lib/log.h"
#include "lib/metrics.h"
#include "lib/store.h"
#include "services/ingest/live/records.h"
#include "services/ingest/presence/presence.h"

#define TICKS_A_SECOND (1000 / TICK_MS)
#define SEEN_EACH_SECOND 64 /* so few pages of last-seen are all written each second … */
#define SEEN_PERIOD_S 5     /* … more of them within this */
#define STATES_A_TICK 64 /* 2.6 MB to copy: half a million agents; of ten million who come at once each is told within 2.5 s */
#define BUCKETS_A_TICK 32 /* 0.2 ms each, so 5 % of the time; 100,000 agents in 3 s */
/* While beats wait, hearing agents goes before telling of them: ten million agents' states and times of their last
 * beats take 20 s then. */
#define STATES_A_TICK_BEHIND 8
#define SEEN_PERIOD_BEHIND_S 20
#define BUCKETS_A_TICK_BEHIND 1
#define AWAY_MAX 20000 /* more are not listed: the pages of states tell */
#define AWAY_AGAIN 16000
#define AWAY_A_TICK 2000
#define AWAY_LOOKS_A_TICK 200000 /* 6 MB of memory to read, about 2 ms */

static void replied(void *arg, const struct store_reply *reply)
{
    struct live *live = arg;
    if (!reply || reply->type != STORE_ERROR)
        return;
    if (!live->errors++)
        log_error("redis.refused", LOG_TEXT("reason", reply->text));
}

/* One command of a key and n more words. -1: too much waits; later, then. */
static int send(struct live *live, const char *command, const struct key *key, const struct store_word *more, size_t n,
    store_replied *answered)
{
    struct store_word words[16] = { { command, strlen(command) }, { key->text, key->length } };
    for (size_t i = 0; i < n; i++)
        words[2 + i] = more[i];
    return store_command(live->store, words, n + 2, answered, live);
}

static struct store_word word(const char *text)
{
    return (struct store_word){ text, strlen(text) };
}

/* Everything anew: after a connection, or when somebody emptied Redis. */

static void rewrite(struct live *live)
{
    struct hot *hot = live->presence->hot;
    memset(hot->dirty_seen, 1, hot_pages(hot));
    memset(hot->dirty_state, 1, hot_pages(hot));
    memset(hot->dirty_record, 1, hot_buckets(hot));
    live->next_seen = live->next_state = live->next_bucket = 0;
    live->buckets_told = 0;
    live->clock_there = false;
    live_rebuild_away(live);
}

static void connected(void *arg)
{
    rewrite(arg);
}

/* live:clock */

/* HSET says how many fields are new: none, while the key of the tick before is still there. */
static void clock_replied(void *arg, const struct store_reply *reply)
{
    struct live *live = arg;
    replied(live, reply);
    if (!reply || reply->type != STORE_NUMBER)
        return;
    if (live->clock_there && reply->number) {
        live->wiped++;
        log_warning("redis.wiped", LOG_TEXT("reason", "live state is gone from Redis: it is written again"));
        rewrite(live);
    }
    live->clock_there = true;
}

static void write_clock(struct live *live)
{
    const struct presence_clock_saved *saved = live->presence->clock->saved;
    const struct key key = key_live_clock();
    char tick[24], wall_ms[24], agents[12];
    snprintf(tick, sizeof(tick), "%" PRIu64, presence_clock_tick(live->presence->clock));
    snprintf(wall_ms, sizeof(wall_ms), "%" PRId64, saved->wall_ms);
    snprintf(agents, sizeof(agents), "%" PRIu32, live->presence->hot->highest);
    buf_clear(&live->text);
    for (int64_t i = 0; i < saved->n_pauses; i++)
        buf_format(&live->text, "%s%" PRId64 ":%" PRId64, i ? " " : "", saved->pauses[i].at_ms / TICK_MS,
            saved->pauses[i].length_ms);
    const struct store_word words[] = {
        word("tick"),
        word(tick),
        word("wall_ms"),
        word(wall_ms),
        word("agents"),
        word(agents),
        word("pauses"),
        { live->text.data ? live->text.data : "", live->text.length },
    };
    send(live, "HSET", &key, words, sizeof(words) / sizeof(words[0]), clock_replied);
}

static uint32_t page_agents(const struct hot *hot, uint32_t page)
{
    uint32_t rest = hot->room + 1 - page * PAGE_AGENTS;
    return rest < PAGE_AGENTS ? rest : PAGE_AGENTS;
}

static int write_seen(struct live *live, uint32_t page)
{
    static uint16_t out[PAGE_AGENTS];
    const struct hot *hot = live->presence->hot;
    const struct key key = key_live_seen(page);
    const struct pulse *pulses = hot->pulse + page * PAGE_AGENTS;
    uint32_t n = page_agents(hot, page);
    for (uint32_t i = 0; i < n; i++)
        out[i] = htole16(pulses[i].seen);
    presence_look(live->presence, page * PAGE_AGENTS, n);
    const struct store_word words[] = { { out, n * sizeof(out[0]) } };
    return send(live, "SET", &key, words, 1, replied);
}

static int write_state(struct live *live, uint32_t page)
{
    static uint8_t states[PAGE_AGENTS];
    static uint32_t since[PAGE_AGENTS];
    const struct hot *hot = live->presence->hot;
    uint32_t n = page_agents(hot, page), first = page * PAGE_AGENTS;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t byte = hot->pulse[first + i].state;
        states[i] = (uint8_t)(presence_shown(byte) | (presence_unheard(byte) ? BEAT_UNHEARD : 0));
        since[i] = htole32((uint32_t)(hot->cold[first + i].since_ms / 1000));
    }
    const struct key state_key = key_live_state(page), since_key = key_live_since(page);
    const struct store_word state_word = { states, n }, since_word = { since, n * sizeof(since[0]) };
    return send(live, "SET", &since_key, &since_word, 1, replied) ||
                   send(live, "SET", &state_key, &state_word, 1, replied)
               ? -1
               : 0;
}

/* Go once around the pages from *next on and write at most `quota` of those that are dirty. */
static void write_dirty(struct live *live, uint8_t *dirty, uint32_t n, uint32_t *next, uint32_t quota,
    int (*write)(struct live *, uint32_t))
{
    for (uint32_t looked = 0; looked < n && quota; looked++) {
        uint32_t page = *next < n ? *next : 0;
        if (dirty[page]) {
            if (write(live, page))
                return;
            dirty[page] = 0;
            live->pages++;
            quota--;
        }
        *next = page + 1;
    }
}

static void write_pages(struct live *live)
{
    struct hot *hot = live->presence->hot;
    uint32_t pages = hot_pages(hot);
    uint32_t period_s = live->beats_wait ? SEEN_PERIOD_BEHIND_S : SEEN_PERIOD_S;
    uint32_t a_second = pages <= SEEN_EACH_SECOND ? pages : (pages + period_s - 1) / period_s;
    write_dirty(live, hot->dirty_state, pages, &live->next_state,
        live->beats_wait ? STATES_A_TICK_BEHIND : STATES_A_TICK, write_state);
    write_dirty(live, hot->dirty_seen, pages, &live->next_seen, a_second / TICKS_A_SECOND + 1, write_seen);
}

static int write_record(struct live *live, uint32_t bucket)
{
    live->records++;
    return records_write(live->store, live->registry, live->presence, bucket, &live->text, replied, live);
}

static void write_records(struct live *live)
{
    struct hot *hot = live->presence->hot;
    uint32_t buckets = hot_buckets(hot);
    write_dirty(live, hot->dirty_record, buckets, &live->next_bucket,
        live->beats_wait ? BUCKETS_A_TICK_BEHIND : BUCKETS_A_TICK, write_record);
    if (live->buckets_told == buckets)
        return;
    const struct key key = key_live_count();
    char count[12];
    snprintf(count, sizeof(count), "%" PRIu32, buckets);
    const struct store_word count_word = word(count);
    if (!send(live, "SET", &key, &count_word, 1, replied))
        live->buckets_told = buckets;
}

/* live:away */

static bool is_away(enum state shown)
{
    return shown != STATE_NEVER && shown != STATE_ONLINE && shown != STATE_RETIRED;
}

static int64_t count_away(const struct presence *presence)
{
    int64_t away = 0;
    for (int state = 0; state < STATE_COUNT; state++)
        away += is_away((enum state)state) ? presence->agents[state] : 0;
    return away;
}

static int write_away(struct live *live, uint32_t agent)
{
    const struct hot *hot = live->presence->hot;
    const struct key key = key_live_away();
    char id[12], times[48];
    snprintf(id, sizeof(id), "%" PRIu32, agent);
    snprintf(times, sizeof(times), "%" PRId64 " %" PRId64, hot->cold[agent].since_ms,
        presence_last_seen(live->presence, agent));
    const struct store_word words[] = { word(id), word(times) };
    bool away = is_away(presence_shown(hot->pulse[agent].state));
    return send(live, away ? "HSET" : "HDEL", &key, words, away ? 2 : 1, replied);
}

void live_changed(struct live *live, uint32_t agent, enum state before)
{
    bool concerns = is_away(before) || is_away(presence_shown(live->presence->hot->pulse[agent].state));
    if (live->away == AWAY_LISTED && concerns && store_connected(live->store) && write_away(live, agent))
        live_rebuild_away(live);
}

void live_rebuild_away(struct live *live)
{
    live->away = AWAY_STALE;
}

static void keep_away(struct live *live)
{
    const struct hot *hot = live->presence->hot;
    const struct key key = key_live_away();
    int64_t away = count_away(live->presence);
    if (live->away == AWAY_LISTED && away > AWAY_MAX)
        live->away = AWAY_STALE;
    if (live->away == AWAY_STALE && !send(live, "DEL", &key, NULL, 0, replied))
        live->away = AWAY_DROPPED;
    if (live->away == AWAY_DROPPED && away <= AWAY_AGAIN) {
        live->away = AWAY_LISTED; /* changes are told from here on, in whatever order the rest follows */
        live->next_away = 1;
    }
    if (live->away != AWAY_LISTED || live->next_away > hot->highest)
        return;
    unsigned told = 0, looked = 0;
    for (; live->next_away <= hot->highest && told < AWAY_A_TICK && looked < AWAY_LOOKS_A_TICK; live->next_away++) {
        looked++;
        if (!is_away(presence_shown(hot->pulse[live->next_away].state)))
            continue;
        if (write_away(live, live->next_away))
            return;
        told++;
    }
}

void live_tick(struct live *live)
{
    if (!store_connected(live->store))
        return;
    write_pages(live);
    write_clock(live);
    keep_away(live);
    write_records(live);
}

int live_open(
    struct live *live, struct loop *loop, const char *socket, const char *password_file, struct problem *problem)
{
    live->store = store_open(loop, socket, "ingest", password_file, connected, live, problem);
    if (!live->store)
        return -1;
    metric_counter("live_pages_total", NULL, "Pages written to Redis", &live->pages);
    metric_counter("live_record_buckets_total", NULL, "Buckets of static records written to Redis", &live->records);
    metric_counter("live_wiped_total", NULL, "Times that Redis was found empty", &live->wiped);
    metric_counter("live_errors_total", NULL, "Commands that Redis refused", &live->errors);
    return 0;
}

void live_close(struct live *live)
{
    store_free(live->store);
    buf_free(&live->text);
}
