#include "lib/exchange/roster.h"

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/exchange/agents.h"
#include "lib/log.h"
#include "lib/loop.h"

#define PAGE_AGENTS 2000 /* in one answer, some 1 MB */
#define DEADLINE_MS 10000
#define AGAIN_US 2000000 /* ingest does not answer */
#define FRESH_MS 10000
#define PERIOD_US 3600000000 /* an event that was missed is made good */

static void note(struct roster *roster, const struct call_agent_keys_reply *reply)
{
    const struct roster_owner *owner = &roster->owner;
    for (size_t i = 0; i < reply->n_rows; i++) {
        if (agents_note(owner->records, &reply->rows[i]) && owner->newcomer)
            owner->newcomer(owner->arg, reply->rows[i].agent);
    }
}

static void ask_page(struct roster *roster, uint32_t after);

static void finish(struct roster *roster)
{
    roster->asking = false;
    roster->whole_ms = roster->began_ms;
    loop_timer_set(roster->timer, roster->again ? 1 : PERIOD_US);
    roster->owner.looked(roster->owner.arg);
}

static void take_page(void *arg, const struct problem *refused, const void *in)
{
    struct roster *roster = arg;
    const struct call_agent_keys_reply *reply = in;
    if (refused) {
        log_problem(LOG_LEVEL_WARNING, "roster.not-answered", refused);
        roster->asking = false;
        loop_timer_set(roster->timer, AGAIN_US);
        return;
    }
    note(roster, reply);
    if (reply->next)
        ask_page(roster, reply->next);
    else
        finish(roster);
}

static void ask_page(struct roster *roster, uint32_t after)
{
    const struct call_agent_keys request = {
        .has_after = after > 0, .after = after, .has_limit = true, .limit = PAGE_AGENTS
    };
    ask_agent_keys(roster->owner.bus, NULL, &request, DEADLINE_MS, take_page, roster);
}

static void begin(void *arg)
{
    struct roster *roster = arg;
    if (roster->asking)
        return;
    roster->asking = true;
    roster->again = false;
    roster->began_ms = clock_mono_ms();
    ask_page(roster, 0);
}

int roster_start(struct roster *roster, const struct roster_owner *owner)
{
    *roster = (struct roster){ .owner = *owner };
    roster->timer = loop_timer(owner->loop, begin, roster);
    if (!roster->timer)
        return -1;
    begin(roster);
    return 0;
}

void roster_refresh(struct roster *roster)
{
    roster->again = true;
    if (!roster->asking)
        loop_timer_set(roster->timer, 1);
}

static void take_one(void *arg, const struct problem *refused, const void *in)
{
    struct roster *roster = arg;
    if (refused)
        roster_refresh(roster);
    else
        note(roster, in);
    roster->owner.looked(roster->owner.arg);
}

void roster_look(struct roster *roster, uint32_t agent)
{
    const struct call_agent_keys request = { .has_agent = true, .agent = agent };
    ask_agent_keys(roster->owner.bus, NULL, &request, DEADLINE_MS, take_one, roster);
}

bool roster_is_fresh(const struct roster *roster)
{
    return roster->whole_ms && clock_mono_ms() - roster->whole_ms < FRESH_MS;
}
