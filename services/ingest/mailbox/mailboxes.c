#include "services/ingest/mailbox/mailboxes.h"

#include <stdio.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/problem.h"
#include "services/ingest/beats/wakes.h"

#define SWEEP_MS (INT64_C(3600) * 1000)

/* Wake those whose turn it is, as many as may go now; then set the timer for the next. */
static void wake_due(void *arg)
{
    struct mailboxes *mailboxes = arg;
    int64_t mono_ms = clock_mono_ms();
    for (uint32_t agent; (agent = rouse_next(&mailboxes->rouse, mono_ms));) {
        static const enum rouse_outcome outcomes[] = {
            [WAKE_SENT] = ROUSE_SENT,
            [WAKE_TOO_SOON] = ROUSE_TOO_SOON,
            [WAKE_AWAY] = ROUSE_AWAY,
        };
        rouse_tried(&mailboxes->rouse, agent, outcomes[wake_agent(mailboxes->wakes, agent, mono_ms)], mono_ms);
    }
    int64_t due_ms = rouse_due_ms(&mailboxes->rouse, mono_ms);
    if (due_ms != INT64_MAX)
        loop_timer_set(mailboxes->wake_due, due_ms > mono_ms ? (due_ms - mono_ms) * 1000 : 0);
}

void mailboxes_rouse(struct mailboxes *mailboxes, uint32_t agent)
{
    rouse_add(&mailboxes->rouse, agent, clock_mono_ms());
    wake_due(mailboxes);
}

void mailboxes_reachable(void *arg, uint32_t agent)
{
    struct mailboxes *mailboxes = arg;
    if (rouse_waits(&mailboxes->rouse, agent))
        mailboxes_rouse(mailboxes, agent);
}

static void sweep(void *arg)
{
    struct mailboxes *mailboxes = arg;
    struct problem problem;
    int gone = turn_begin(&mailboxes->turn, &problem) ? -1 : box_sweep(&mailboxes->box, clock_wall_ms(), &problem);
    if (gone < 0)
        log_problem(LOG_LEVEL_ERROR, "mailbox.not-swept", &problem);
    else if (gone)
        log_warning(
            "mailbox.forgotten", LOG_INT("envelopes", gone), LOG_TEXT("meaning", "no agent came for them in 100 days"));
}

static void add_waiting(void *arg, uint32_t agent)
{
    struct mailboxes *mailboxes = arg;
    if (agent <= mailboxes->rouse.room)
        rouse_add(&mailboxes->rouse, agent, clock_mono_ms());
}

static void register_metrics(struct mailboxes *mailboxes)
{
    static char labels[ADDRESSEE_COUNT][40];
    metric_counter("envelopes_put_total", NULL, "Envelopes laid into agents' mailboxes", &mailboxes->put);
    metric_counter("envelopes_fetched_total", NULL, "Envelopes that agents fetched", &mailboxes->fetched);
    metric_counter("envelopes_taken_total", NULL, "Envelopes that agents handed over", &mailboxes->taken);
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        snprintf(labels[i], sizeof(labels[i]), "addressee=\"%s\"", addressee_words[i]);
        metric_counter("envelopes_forwarded_total", labels[i], "Envelopes that their addressees have stored",
            &mailboxes->forward[i].forwarded);
    }
}

int mailboxes_open(struct mailboxes *mailboxes, struct loop *loop, struct bus *bus, struct wakes *wakes,
    uint32_t agents_max, uint64_t bytes_max, struct problem *problem)
{
    mailboxes->wakes = wakes;
    if (box_open(&mailboxes->box, "ingest/mail.db", bytes_max, clock_wall_ms(), problem) ||
        turn_open(&mailboxes->turn, mailboxes->box.db, loop, problem) ||
        rouse_open(&mailboxes->rouse, agents_max, problem))
        return -1;
    mailboxes->wake_due = loop_timer(loop, wake_due, mailboxes);
    if (!mailboxes->wake_due)
        return problem_errno(problem, "loop", "", "no timer for mailboxes");
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        struct forward *forward = &mailboxes->forward[i];
        *forward = (struct forward){
            .box = &mailboxes->box, .turn = &mailboxes->turn, .bus = bus, .addressee = (enum addressee)i
        };
        if (forward_open(forward, loop, problem))
            return -1;
        forward_go(forward);
    }
    if (box_each_waiting(&mailboxes->box, add_waiting, mailboxes, problem))
        return -1;
    wake_due(mailboxes);
    loop_every(loop, SWEEP_MS, sweep, mailboxes);
    register_metrics(mailboxes);
    return 0;
}

void mailboxes_close(struct mailboxes *mailboxes)
{
    turn_end(&mailboxes->turn);
    rouse_close(&mailboxes->rouse);
    box_close(&mailboxes->box);
}
