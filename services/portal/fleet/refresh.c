#include "services/portal/fleet/refresh.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "lib/loop.h"
#include "lib/message/message.h"
#include "lib/store.h"
#include "services/portal/fleet/fleet.h"

#define PERIOD_MS 2000
#define BUCKETS_A_TURN 32 /* of known records, by turns: 100,000 agents are read again within a minute */
#define BUCKETS_IN_FLIGHT 64
#define SOON_MAX 256       /* agents whose record is read at the next turn; more wait for theirs */
#define AGAIN_TURNS 15     /* after a connection: ingest may still be writing what is empty yet */
#define PAGES_A_COMMAND 16 /* 256 kB of last-seen in one reply */

struct refresh {
    struct fleet *fleet;
    struct store *store;
    uint32_t agents;       /* highest id, as live:clock says */
    uint32_t next_bucket;  /* read so far of a first reading … */
    uint32_t turn_bucket;  /* … and by turns after it */
    uint32_t empty_bucket; /* the first one that was empty in the first reading; UINT32_MAX: none */
    unsigned again_turns;  /* so often the first reading begins again there */
    unsigned in_flight;
    uint32_t soon[SOON_MAX];
    size_t n_soon;
};

static uint64_t number_of(const struct store_reply *item)
{
    char text[24] = "";
    if (item->type == STORE_TEXT && item->bytes < sizeof(text))
        memcpy(text, item->text, item->bytes);
    return strtoull(text, NULL, 10);
}

static void read_buckets(struct refresh *);

struct bucket_question {
    struct refresh *refresh;
    uint32_t bucket;
};

static void record_replied(void *arg, const struct store_reply *reply)
{
    struct bucket_question *question = arg;
    struct refresh *refresh = question->refresh;
    refresh->in_flight--;
    if (reply && reply->n_items == 0 && question->bucket < refresh->empty_bucket)
        refresh->empty_bucket = question->bucket;
    free(question);
    for (size_t i = 0; reply && reply->type == STORE_ARRAY && i + 1 < reply->n_items; i += 2) {
        const struct store_reply *text = &reply->items[i + 1];
        json_t *record = text->type == STORE_TEXT ? message_parse(text->text, text->bytes, NULL) : NULL;
        uint64_t agent = number_of(&reply->items[i]);
        if (record && agent < FLEET_MAX)
            fleet_take_record(refresh->fleet, (uint32_t)agent, record);
        json_decref(record);
    }
    if (reply)
        read_buckets(refresh);
}

static int read_bucket(struct refresh *refresh, uint32_t bucket)
{
    struct key key = key_agent(bucket);
    const struct store_word words[] = { store_text("HGETALL"), { key.text, key.length } };
    struct bucket_question *question = malloc(sizeof(*question));
    if (!question)
        return -1;
    *question = (struct bucket_question){ refresh, bucket };
    if (store_command(refresh->store, words, 2, record_replied, question)) {
        free(question);
        return -1;
    }
    refresh->in_flight++;
    return 0;
}

/* The first reading, a bounded number of buckets at a time, so that other replies do not wait behind it. */
static void read_buckets(struct refresh *refresh)
{
    uint32_t count = refresh->agents / FLEET_BUCKET + 1;
    while (refresh->next_bucket < count && refresh->in_flight < BUCKETS_IN_FLIGHT) {
        if (read_bucket(refresh, refresh->next_bucket))
            return;
        refresh->next_bucket++;
    }
}

static void read_by_turns(struct refresh *refresh)
{
    if (refresh->empty_bucket < refresh->next_bucket && refresh->again_turns > 0) {
        refresh->again_turns--;
        refresh->next_bucket = refresh->empty_bucket;
    }
    refresh->empty_bucket = UINT32_MAX;
    for (size_t i = 0; i < refresh->n_soon; i++)
        read_bucket(refresh, refresh->soon[i] / FLEET_BUCKET);
    refresh->n_soon = 0;
    uint32_t count = refresh->agents / FLEET_BUCKET + 1;
    for (uint32_t i = 0; i < BUCKETS_A_TURN && i < count; i++) {
        refresh->turn_bucket = (refresh->turn_bucket + 1) % count;
        read_bucket(refresh, refresh->turn_bucket);
    }
}

void refresh_record(struct refresh *refresh, uint32_t agent)
{
    if (refresh->n_soon < SOON_MAX)
        refresh->soon[refresh->n_soon++] = agent;
}

/* Replies come in order: which pages they are about travels with them. */
struct page_batch {
    struct refresh *refresh;
    uint32_t first, count;
    uint8_t *states[PAGES_A_COMMAND];
    size_t n_states[PAGES_A_COMMAND];
};

static void seen_replied(void *arg, const struct store_reply *reply)
{
    struct page_batch *batch = arg;
    for (uint32_t i = 0; reply && reply->type == STORE_ARRAY && i < batch->count && i < reply->n_items; i++)
        if (reply->items[i].type == STORE_TEXT)
            fleet_take_seen(
                batch->refresh->fleet, batch->first + i, (const uint8_t *)reply->items[i].text, reply->items[i].bytes);
    free(batch);
}

static void states_replied(void *arg, const struct store_reply *reply)
{
    struct page_batch *batch = arg;
    for (uint32_t i = 0; reply && reply->type == STORE_ARRAY && i < batch->count && i < reply->n_items; i++) {
        const struct store_reply *item = &reply->items[i];
        if (item->type != STORE_TEXT || !(batch->states[i] = malloc(item->bytes + 1)))
            continue;
        memcpy(batch->states[i], item->text, item->bytes);
        batch->n_states[i] = item->bytes;
    }
}

/* `since` is asked for after the states; ingest writes it before them, so a state never comes with an older since. */
static void since_replied(void *arg, const struct store_reply *reply)
{
    struct page_batch *batch = arg;
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct store_reply *item =
            reply && reply->type == STORE_ARRAY && i < reply->n_items ? &reply->items[i] : NULL;
        if (batch->states[i] && item && item->type == STORE_TEXT)
            fleet_take_state(batch->refresh->fleet, batch->first + i, batch->states[i], batch->n_states[i],
                (const uint8_t *)item->text, item->bytes);
        free(batch->states[i]);
        batch->states[i] = NULL;
    }
}

static int read_pages(struct page_batch *batch, struct key (*key_of)(uint32_t page), store_replied *replied)
{
    struct key keys[PAGES_A_COMMAND];
    struct store_word words[1 + PAGES_A_COMMAND] = { store_text("MGET") };
    for (uint32_t i = 0; i < batch->count; i++) {
        keys[i] = key_of(batch->first + i);
        words[1 + i] = (struct store_word){ keys[i].text, keys[i].length };
    }
    return store_command(batch->refresh->store, words, 1 + batch->count, replied, batch);
}

static void read_all_pages(struct refresh *refresh)
{
    uint32_t pages = fleet_highest(refresh->fleet) / FLEET_PAGE + 1;
    for (uint32_t first = 0; first < pages; first += PAGES_A_COMMAND) {
        struct page_batch *batch = calloc(1, sizeof(*batch));
        if (!batch)
            return;
        batch->refresh = refresh;
        batch->first = first;
        batch->count = pages - first < PAGES_A_COMMAND ? pages - first : PAGES_A_COMMAND;
        /* The last of the three frees the batch; should it not be sent, nothing else would. */
        if (read_pages(batch, key_live_state, states_replied)) {
            free(batch);
            return;
        }
        if (read_pages(batch, key_live_since, since_replied) || read_pages(batch, key_live_seen, seen_replied))
            return; /* the connection is going: one batch of 400 bytes is lost with it */
    }
}

static void away_replied(void *arg, const struct store_reply *reply)
{
    struct refresh *refresh = arg;
    for (size_t i = 0; reply && reply->type == STORE_ARRAY && i + 1 < reply->n_items; i += 2) {
        const struct store_reply *text = &reply->items[i + 1];
        uint64_t agent = number_of(&reply->items[i]);
        char pair[48] = "", *end;
        if (text->type != STORE_TEXT || text->bytes >= sizeof(pair) || agent >= FLEET_MAX)
            continue;
        memcpy(pair, text->text, text->bytes);
        int64_t since_ms = strtoll(pair, &end, 10), last_seen_ms = strtoll(end, NULL, 10);
        fleet_take_away(refresh->fleet, (uint32_t)agent, since_ms, last_seen_ms);
    }
}

static void clock_replied(void *arg, const struct store_reply *reply)
{
    struct refresh *refresh = arg;
    struct fleet_clock clock = { 0 };
    if (!reply || reply->type != STORE_ARRAY || reply->n_items == 0)
        return;
    for (size_t i = 0; i + 1 < reply->n_items; i += 2) {
        const struct store_reply *name = &reply->items[i], *value = &reply->items[i + 1];
        if (name->type != STORE_TEXT || value->type != STORE_TEXT)
            return;
        if (!strcmp(name->text, "tick"))
            clock.tick = number_of(value);
        else if (!strcmp(name->text, "wall_ms"))
            clock.wall_ms = (int64_t)number_of(value);
        else if (!strcmp(name->text, "agents"))
            clock.agents = (uint32_t)number_of(value);
        else if (!strcmp(name->text, "pauses"))
            fleet_parse_pauses(value->text, &clock);
    }
    fleet_take_clock(refresh->fleet, &clock);
    refresh->agents = clock.agents < FLEET_MAX ? clock.agents : FLEET_MAX - 1;
    read_buckets(refresh);
    read_all_pages(refresh);
    struct key key = key_live_away();
    const struct store_word words[] = { store_text("HGETALL"), { key.text, key.length } };
    store_command(refresh->store, words, 2, away_replied, refresh);
}

static void turn(void *arg)
{
    struct refresh *refresh = arg;
    if (!refresh->store || !store_connected(refresh->store))
        return;
    struct key key = key_live_clock();
    const struct store_word words[] = { store_text("HGETALL"), { key.text, key.length } };
    if (store_command(refresh->store, words, 2, clock_replied, refresh) == 0)
        read_by_turns(refresh);
}

void refresh_all(struct refresh *refresh)
{
    refresh->next_bucket = 0;
    refresh->empty_bucket = UINT32_MAX;
    refresh->again_turns = AGAIN_TURNS;
    turn(refresh);
}

struct refresh *refresh_new(struct loop *loop, struct fleet *fleet)
{
    struct refresh *refresh = calloc(1, sizeof(*refresh));
    if (!refresh)
        return NULL;
    refresh->fleet = fleet;
    loop_every(loop, PERIOD_MS, turn, refresh);
    return refresh;
}

void refresh_use(struct refresh *refresh, struct store *store)
{
    refresh->store = store;
}
