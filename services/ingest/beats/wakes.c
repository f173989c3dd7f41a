#include "services/ingest/beats/wakes.h"

#include "lib/beat.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/metrics.h"
#include "lib/problem.h"
#include "services/ingest/beats/beats.h"
#include "services/ingest/beats/intake.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/registry/registry.h"

#define COUNTER_BLOCK 4096 /* wakes between two writes to the registry */
#define AGENT_PERIOD_S 1
#define STALE_PERIOD_S 60

/* No counter is used before the registry knows that it was. */
static int next_counter(struct wakes *wakes, uint64_t *ret, struct problem *problem)
{
    if (wakes->next == wakes->reserved_to) {
        uint64_t reserved_to = wakes->next + COUNTER_BLOCK;
        if (registry_keep(wakes->registry, "wake_counter", &reserved_to, sizeof(reserved_to), problem))
            return -1;
        wakes->reserved_to = reserved_to;
    }
    *ret = wakes->next++;
    return 0;
}

int wakes_start(struct wakes *wakes, struct problem *problem)
{
    if (registry_kept(wakes->registry, "wake_counter", &wakes->reserved_to, sizeof(wakes->reserved_to)))
        wakes->reserved_to = 1;
    /* A registry that was restored knows older counters than the agents, who would take no wake for long: the clock is
     * ahead of both, one wake a millisecond being more than ever go out. */
    if (wakes->reserved_to < (uint64_t)clock_wall_ms())
        wakes->reserved_to = (uint64_t)clock_wall_ms();
    wakes->next = wakes->reserved_to;
    metric_counter("wakes_total", NULL, "Wakes sent to agents", &wakes->sent);
    metric_counter("wakes_failed_total", NULL, "Wakes that could not be made or sent", &wakes->failed);
    uint64_t first;
    return next_counter(wakes, &first, problem);
}

static bool is_due(struct wakes *wakes, uint32_t agent, int64_t mono_ms, unsigned period_s)
{
    uint32_t now_s = (uint32_t)(mono_ms / 1000) + 1, *woken_s = &wakes->hot->woken_s[agent];
    if (*woken_s && now_s - *woken_s < period_s)
        return false;
    *woken_s = now_s;
    return true;
}

static int send_wake(struct wakes *wakes, uint32_t agent, uint8_t flags, const uint8_t address[16], uint16_t port)
{
    uint8_t secret[SECRET_BYTES], key[BEAT_KEY_BYTES], bytes[BEAT_BYTES];
    struct beat wake = { .agent = agent, .flags = flags };
    struct problem problem;
    int error =
        registry_secret(wakes->registry, agent, secret, &problem) || next_counter(wakes, &wake.counter, &problem);
    if (error) {
        log_problem(LOG_LEVEL_ERROR, "wake.failed", &problem);
    } else {
        crypto_hkdf(secret, WAKE_KEY_LABEL, key, sizeof(key));
        beat_encode(&wake, key, bytes);
        error = beats_send(wakes->beats, address, port, bytes, sizeof(bytes));
    }
    crypto_forget(secret, sizeof(secret));
    crypto_forget(key, sizeof(key));
    if (error)
        wakes->failed++;
    else
        wakes->sent++;
    return error ? -1 : 0;
}

enum wake_outcome wake_agent(struct wakes *wakes, uint32_t agent, int64_t mono_ms)
{
    const struct cold *cold = &wakes->hot->cold[agent];
    if (!cold->port)
        return WAKE_AWAY;
    if (!is_due(wakes, agent, mono_ms, AGENT_PERIOD_S))
        return WAKE_TOO_SOON;
    return send_wake(wakes, agent, 0, cold->address, cold->port) ? WAKE_AWAY : WAKE_SENT;
}

void wake_greet(struct wakes *wakes, uint32_t agent, int64_t mono_ms)
{
    const struct cold *cold = &wakes->hot->cold[agent];
    if (wakes->greeting_s != mono_ms / 1000) {
        wakes->greeting_s = mono_ms / 1000;
        wakes->greeted = 0;
    }
    if (!(wakes->hot->pulse[agent].tag & TAG_CONFIRMED) || wakes->greeted == GREETINGS_A_SECOND ||
        !is_due(wakes, agent, mono_ms, AGENT_PERIOD_S))
        return;
    wakes->greeted++;
    send_wake(wakes, agent, BEAT_HELLO, cold->address, cold->port);
}

void wake_stale(
    struct wakes *wakes, const struct beat *beat, const struct sockaddr *from, uint16_t tag, int64_t mono_ms)
{
    struct stale *stale = &wakes->stale[beat->agent % STALE_SLOTS];
    const struct stale before = *stale;
    if (before.agent == beat->agent && before.tag == tag && beat->counter <= before.counter)
        return;
    *stale = (struct stale){ beat->agent, tag, beat->counter };
    if (before.agent != beat->agent || before.tag != tag || !is_due(wakes, beat->agent, mono_ms, STALE_PERIOD_S))
        return;
    uint8_t address[16];
    uint16_t port = intake_address(from, address);
    send_wake(wakes, beat->agent, 0, address, port);
}
