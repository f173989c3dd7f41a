#include "services/portal/fleet/fleet.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/beat.h"
#include "lib/bus/bus.h"
#include "services/portal/fleet/intern.h"

#define LAG_MS 10000    /* ingest writes a changed page or record within seconds: until then the log knows better */
#define TICKS_AHEAD 400 /* a page may be written after the clock that we read: so much newer is no age of hours */

struct fleet {
    struct fleet_agent *agents; /* by id */
    size_t room;
    uint32_t highest;
    uint64_t version;
    struct fleet_clock clock;
    uint64_t unannounced;
};

struct fleet *fleet_new(void)
{
    return calloc(1, sizeof(struct fleet));
}

void fleet_free(struct fleet *fleet)
{
    if (!fleet)
        return;
    for (size_t i = 0; i < fleet->room; i++) {
        free(fleet->agents[i].name);
        free(fleet->agents[i].hostname);
        free(fleet->agents[i].address);
        free(fleet->agents[i].os);
        free(fleet->agents[i].tags);
    }
    free(fleet->agents);
    free(fleet);
}

uint32_t fleet_highest(const struct fleet *fleet)
{
    return fleet->highest;
}

uint64_t fleet_version(const struct fleet *fleet)
{
    return fleet->version;
}

uint64_t fleet_unannounced(const struct fleet *fleet)
{
    return fleet->unannounced;
}

const struct fleet_agent *fleet_find(const struct fleet *fleet, uint32_t agent)
{
    return agent < fleet->room && fleet->agents[agent].known ? &fleet->agents[agent] : NULL;
}

const char *fleet_tenant(const struct fleet *fleet, uint32_t agent)
{
    const struct fleet_agent *found = fleet_find(fleet, agent);
    return found ? found->tenant : NULL;
}

/* The place of an id, made if need be. NULL: out of range or memory. */
static struct fleet_agent *place(struct fleet *fleet, uint32_t agent)
{
    if (agent == 0 || agent >= FLEET_MAX)
        return NULL;
    if (agent >= fleet->room) {
        size_t room = fleet->room ? fleet->room : FLEET_PAGE;
        while (room <= agent)
            room *= 2;
        struct fleet_agent *agents = realloc(fleet->agents, room * sizeof(*agents));
        if (!agents)
            return NULL;
        memset(agents + fleet->room, 0, (room - fleet->room) * sizeof(*agents));
        fleet->agents = agents;
        fleet->room = room;
    }
    return &fleet->agents[agent];
}

static bool set_text(char **text, const char *value)
{
    if (!value || (*text && !strcmp(*text, value)))
        return false;
    char *copy = strdup(value);
    if (!copy)
        return false;
    free(*text);
    *text = copy;
    return true;
}

static bool set_shared(const char **text, const char *value)
{
    const char *one = intern(value);
    if (!one || *text == one)
        return false;
    *text = one;
    return true;
}

/* What was said of an agent; NULL: not this. */
struct said {
    const char *name, *tenant, *site, *hostname, *os, *address;
};

static void describe(struct fleet *fleet, uint32_t agent, const struct said *said)
{
    struct fleet_agent *one = place(fleet, agent);
    if (!one)
        return;
    bool changed = !one->known;
    changed |= set_text(&one->name, said->name);
    changed |= set_text(&one->hostname, said->hostname);
    changed |= set_text(&one->address, said->address);
    changed |= set_shared(&one->tenant, said->tenant);
    changed |= set_shared(&one->site, said->site);
    changed |= set_text(&one->os, said->os);
    one->known = one->name && one->tenant && one->site;
    if (one->known && agent > fleet->highest)
        fleet->highest = agent;
    fleet->version += changed;
}

const char *fleet_tagged(const struct fleet_agent *agent, const char *tag)
{
    size_t length = strlen(tag);
    for (const char *at = agent->tags; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (!strncmp(at, tag, length) && (at[length] == ' ' || !at[length]))
            return at;
    }
    return NULL;
}

void fleet_take_tags(struct fleet *fleet, uint32_t agent, const char *tags)
{
    struct fleet_agent *one = place(fleet, agent);
    if (!one || (!tags && !one->tags))
        return;
    if (tags) {
        fleet->version += set_text(&one->tags, tags);
        return;
    }
    free(one->tags);
    one->tags = NULL;
    fleet->version++;
}

void fleet_take_record(struct fleet *fleet, uint32_t agent, const json_t *record)
{
    struct said said = { 0 };
    if (json_unpack((json_t *)record, "{s?s, s?s, s?s, s?s, s?s, s?s}", "name", &said.name, "tenant", &said.tenant,
            "site", &said.site, "hostname", &said.hostname, "os", &said.os, "address", &said.address) != 0)
        return;
    const struct fleet_agent *known = fleet_find(fleet, agent);
    if (known && known->named_ms > 0 && fleet->clock.wall_ms < known->named_ms + LAG_MS)
        said.name = NULL;
    describe(fleet, agent, &said);
    fleet->unannounced += !known && fleet_find(fleet, agent);
}

/* Beats are awaited from it: `seen` says when the last one came. */
static bool is_heard(const struct fleet_agent *agent)
{
    return agent->state == STATE_ONLINE || agent->state == STATE_LATE || agent->state == STATE_UPDATING ||
           (agent->state == STATE_MAINTENANCE && !agent->unheard);
}

/* A transition, unless what we know is younger. */
static void change(
    struct fleet *fleet, uint32_t agent, int state, int64_t since_ms, int64_t last_seen_ms, int64_t event_ms)
{
    struct fleet_agent *one = place(fleet, agent);
    /* Pages tell since in whole seconds. */
    if (!one || since_ms < one->since_ms - 1000 || event_ms < one->event_ms)
        return;
    one->unheard = state == STATE_MAINTENANCE && !is_heard(one);
    one->state = (uint8_t)state;
    one->since_ms = since_ms;
    one->event_ms = event_ms;
    if (!one->unheard)
        one->last_seen_ms = last_seen_ms;
    fleet->version++;
}

static void take_transition(struct fleet *fleet, const struct bus_event *event)
{
    switch (event->event) {
    case EVENT_AGENT_LATE: {
        const struct event_agent_late *data = event->data;
        change(fleet, data->agent, STATE_LATE, data->since, data->last_seen, event->time_ms);
        return;
    }
    case EVENT_AGENT_OFFLINE: {
        const struct event_agent_offline *data = event->data;
        change(fleet, data->agent, STATE_OFFLINE, data->since, data->last_seen, event->time_ms);
        return;
    }
    case EVENT_AGENT_MAINTENANCE: {
        const struct event_agent_maintenance *data = event->data;
        change(fleet, data->agent, STATE_MAINTENANCE, data->since, 0, event->time_ms);
        return;
    }
    case EVENT_AGENT_ONLINE: {
        const struct event_agent_online *data = event->data;
        change(fleet, data->agent, STATE_ONLINE, data->since, 0, event->time_ms);
        return;
    }
    case EVENT_AGENT_GOODBYE: {
        const struct event_agent_goodbye *data = event->data;
        change(fleet, data->agent, STATE_GOODBYE, data->since, data->since, event->time_ms);
        return;
    }
    case EVENT_AGENT_UPDATING: {
        const struct event_agent_updating *data = event->data;
        change(fleet, data->agent, STATE_UPDATING, data->since, 0, event->time_ms);
        return;
    }
    case EVENT_AGENT_RETIRED: {
        const struct event_agent_retired *data = event->data;
        change(fleet, data->agent, STATE_RETIRED, data->since, 0, event->time_ms);
        return;
    }
    }
}

static void take_renamed(struct fleet *fleet, const struct event_agent_renamed *data, int64_t event_ms)
{
    describe(fleet, data->agent, &(struct said){ .name = data->name });
    if (fleet_find(fleet, data->agent))
        fleet->agents[data->agent].named_ms = event_ms;
}

void fleet_take_event(struct fleet *fleet, const struct bus_event *event)
{
    if (event->event == EVENT_AGENT_ENROLLED) {
        const struct event_agent_enrolled *data = event->data;
        describe(fleet, data->agent,
            &(struct said){
                .name = data->name, .tenant = data->tenant, .site = data->site, .hostname = data->hostname });
    } else if (event->event == EVENT_AGENT_MOVED) {
        const struct event_agent_moved *data = event->data;
        describe(fleet, data->agent, &(struct said){ .tenant = data->tenant, .site = data->site });
    } else if (event->event == EVENT_AGENT_RENAMED) {
        take_renamed(fleet, event->data, event->time_ms);
    } else {
        take_transition(fleet, event);
    }
}

void fleet_take_clock(struct fleet *fleet, const struct fleet_clock *clock)
{
    fleet->clock = *clock;
}

void fleet_parse_pauses(const char *text, struct fleet_clock *ret)
{
    const size_t room = sizeof(ret->pauses) / sizeof(ret->pauses[0]);
    ret->n_pauses = 0;
    for (char *end; *text; text = end + strspn(end, " ")) {
        unsigned long long tick = strtoull(text, &end, 10);
        if (end == text || *end != ':')
            return;
        const char *length = end + 1;
        long long length_ms = strtoll(length, &end, 10);
        if (end == length || length_ms < 0)
            return;
        if (ret->n_pauses == room)
            memmove(ret->pauses, ret->pauses + 1, --ret->n_pauses * sizeof(ret->pauses[0]));
        ret->pauses[ret->n_pauses].tick = tick;
        ret->pauses[ret->n_pauses++].length_ms = length_ms;
    }
}

void fleet_take_seen(struct fleet *fleet, uint32_t page, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < FLEET_PAGE && 2 * i + 1 < count; i++) {
        size_t agent = (size_t)page * FLEET_PAGE + i;
        if (agent >= fleet->room)
            return;
        fleet->agents[agent].seen = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
        fleet->agents[agent].has_seen = true;
    }
}

/* What a page says of one agent, unless the log has told something that the page may not know yet. */
static void settle(struct fleet *fleet, struct fleet_agent *one, uint8_t state, bool unheard, int64_t since_ms)
{
    if (fleet->clock.wall_ms < one->event_ms + LAG_MS)
        return;
    one->unheard = unheard;
    bool same_since = one->since_ms / 1000 * 1000 == since_ms || since_ms == 0;
    if (one->state == state && same_since)
        return;
    one->state = state;
    if (!same_since)
        one->since_ms = since_ms;
    one->last_seen_ms = 0;
    fleet->version++;
}

void fleet_take_state(struct fleet *fleet, uint32_t page, const uint8_t *states, size_t n_states, const uint8_t *since,
    size_t since_bytes)
{
    for (size_t i = 0; i < FLEET_PAGE && i < n_states && 4 * i + 3 < since_bytes; i++) {
        size_t agent = (size_t)page * FLEET_PAGE + i;
        if (agent >= fleet->room)
            return;
        uint32_t since_s;
        memcpy(&since_s, since + 4 * i, sizeof(since_s));
        uint8_t state = states[i] & (uint8_t)~BEAT_UNHEARD;
        if (state < STATE_COUNT)
            settle(fleet, &fleet->agents[agent], state, states[i] & BEAT_UNHEARD, le32toh(since_s) * 1000LL);
    }
}

void fleet_take_away(struct fleet *fleet, uint32_t agent, int64_t since_ms, int64_t last_seen_ms)
{
    struct fleet_agent *one = agent < fleet->room ? &fleet->agents[agent] : NULL;
    if (!one || since_ms / 1000 != one->since_ms / 1000)
        return; /* about another absence than the one we know */
    one->last_seen_ms = last_seen_ms;
}

/* Wall time of the heartbeat at the agent's tick: the presence clock has stood still now and then. */
static int64_t seen_wall_ms(const struct fleet_clock *clock, uint16_t seen)
{
    uint16_t ago = (uint16_t)((uint16_t)clock->tick - seen);
    int64_t ticks = ago > UINT16_MAX - TICKS_AHEAD ? (int64_t)ago - (UINT16_MAX + 1) : ago;
    int64_t wall_ms = clock->wall_ms - ticks * FLEET_TICK_MS;
    for (size_t i = 0; i < clock->n_pauses; i++)
        if ((int64_t)clock->pauses[i].tick >= (int64_t)clock->tick - ticks)
            wall_ms -= clock->pauses[i].length_ms;
    return wall_ms;
}

int64_t fleet_last_seen(const struct fleet *fleet, const struct fleet_agent *agent, int64_t now_ms)
{
    if (is_heard(agent) && agent->has_seen && fleet->clock.tick > 0) {
        int64_t wall_ms = seen_wall_ms(&fleet->clock, agent->seen);
        return wall_ms > now_ms ? now_ms : wall_ms;
    }
    if (agent->last_seen_ms > 0)
        return agent->last_seen_ms;
    /* `offline` begins 45 s after the last heartbeat, `goodbye` with it. */
    if (agent->state == STATE_OFFLINE && agent->since_ms > 0)
        return agent->since_ms - BEAT_OFFLINE_MS;
    return agent->state == STATE_GOODBYE ? agent->since_ms : 0;
}
