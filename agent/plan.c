#include "agent/plan.h"

/* Somewhere from 0 to span_ms. */
static int64_t within(int64_t span_ms, uint32_t random)
{
    return (int64_t)((uint64_t)random * (uint64_t)span_ms >> 32);
}

/* Three quarters to five quarters of a period: agents that once met do not stay together. */
static int64_t about(int64_t period_ms, uint32_t random)
{
    return period_ms * 3 / 4 + within(period_ms / 2, random);
}

static void hasten(struct plan *plan, int64_t due_ms)
{
    if (due_ms < plan->due_ms)
        plan->due_ms = due_ms;
}

static int64_t retry_ms(const struct plan *plan)
{
    int64_t period_ms = PLAN_RETRY_MS;
    for (unsigned i = 1; i < plan->failures && period_ms < PLAN_POLL_MS; i++)
        period_ms *= 2;
    return period_ms < PLAN_POLL_MS ? period_ms : PLAN_POLL_MS;
}

void plan_start(struct plan *plan, bool may_wake, int64_t now_ms, uint32_t random)
{
    *plan = (struct plan){
        .may_wake = may_wake,
        .due_ms = now_ms + within(PLAN_START_MS, random),
        .unheard_ms = INT64_MAX,
        .probe_ms = now_ms + about(PLAN_POLL_MS, random),
        .last_ms = now_ms - PLAN_APART_MS,
        .talk_ms = PLAN_TALK_MS,
    };
}

bool plan_probes(struct plan *plan, int64_t now_ms, uint32_t random)
{
    if (plan->unheard_ms == INT64_MAX && now_ms >= plan->probe_ms)
        plan->unheard_ms = plan->may_wake ? now_ms + about(PLAN_PROBE_MS, random) : now_ms;
    bool probe = plan->may_wake && (plan->unheard_ms != INT64_MAX || plan->failures);
    plan->silent = plan->silent || plan->asked;
    plan->asked = probe && plan->failures;
    return probe;
}

int64_t plan_mail_ms(const struct plan *plan)
{
    /* While fetches fail they have a rhythm of their own, which a probe does not hasten. */
    int64_t due_ms = plan->unheard_ms < plan->due_ms && !plan->failures ? plan->unheard_ms : plan->due_ms;
    return due_ms < plan->last_ms + PLAN_APART_MS ? plan->last_ms + PLAN_APART_MS : due_ms;
}

void plan_greeted(struct plan *plan, int64_t now_ms, uint32_t random)
{
    plan->unheard_ms = INT64_MAX;
    plan->probe_ms = now_ms + about(PLAN_POLL_MS, random);
    /* Where only HTTPS fails beats are answered all the time, and say nothing of it. */
    if (plan->silent && plan->failures)
        hasten(plan, now_ms + within(PLAN_BACK_MS, random));
    plan->asked = plan->silent = false;
}

void plan_woken(struct plan *plan, int64_t now_ms, uint32_t random)
{
    plan_greeted(plan, now_ms, random);
    hasten(plan, now_ms);
}

void plan_outgoing(struct plan *plan, int64_t now_ms)
{
    plan->talk_ms = PLAN_TALK_MS;
    /* While the server is away, envelopes wait like everything else. */
    if (!plan->failures)
        hasten(plan, now_ms);
}

void plan_news(struct plan *plan, int64_t now_ms, uint32_t random)
{
    /* While the server is away, news waits like everything else. */
    if (!plan->failures)
        hasten(plan, now_ms + within(PLAN_NEWS_MS, random));
}

void plan_lost(struct plan *plan, int64_t now_ms)
{
    plan->probe_ms = now_ms;
}

void plan_begun(struct plan *plan, int64_t now_ms)
{
    plan->last_ms = now_ms;
    plan->due_ms = INT64_MAX;
    plan->unheard_ms = INT64_MAX;
}

static void got_through(struct plan *plan)
{
    plan->failures = 0;
    plan->asked = plan->silent = false;
}

void plan_delivered(struct plan *plan, int64_t now_ms, uint32_t random)
{
    got_through(plan);
    plan->probe_ms = now_ms + about(PLAN_POLL_MS, random);
    hasten(plan, now_ms + about(PLAN_SELDOM_MS, random));
}

void plan_carried(struct plan *plan, bool came, int64_t now_ms, uint32_t random)
{
    got_through(plan);
    if (came)
        plan->talk_ms = PLAN_TALK_MS;
    hasten(plan, now_ms + about(plan->talk_ms, random));
    plan->talk_ms = plan->talk_ms * 3 / 2 < PLAN_CARRIED_MS ? plan->talk_ms * 3 / 2 : PLAN_CARRIED_MS;
}

void plan_failed(struct plan *plan, int64_t now_ms, uint32_t random)
{
    plan->failures++;
    hasten(plan, now_ms + about(retry_ms(plan), random));
}
