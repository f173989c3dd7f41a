#include "services/scheduler/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "services/scheduler/agents.h"
#include "services/scheduler/deliveries.h"
#include "services/scheduler/growth.h"
#include "services/scheduler/progress.h"
#include "services/scheduler/remembered.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/streams.h"

#define SIGN_KEY "scheduler/" ENVELOPE_SIGN_KEY
#define SEALED_A_TURN 16   /* half a millisecond each */
#define ON_THE_WAY_MAX 256 /* with ingest, not answered; a quarter of the calls that the bus remembers */
#define DEADLINE_MS 10000
#define BACKOFF_MS 500 /* doubled up to: */
#define BACKOFF_MAX_MS 15000
#define FULL_LIMIT_MS (INT64_C(7) * 86400000) /* a mailbox has room for a thousand envelopes: its agent is gone */

static void look_again(struct dispatch *dispatch, unsigned after_ms)
{
    loop_timer_set(dispatch->timer, after_ms ? (int64_t)after_ms * 1000 : 1);
}

static void due(void *arg)
{
    dispatch_turn(arg);
}

int dispatch_start(struct dispatch *dispatch, struct scheduler *scheduler, struct problem *problem)
{
    *dispatch = (struct dispatch){
        .scheduler = scheduler, .backoff_ms = BACKOFF_MS, .full_until_ms = deliveries_full_until(scheduler->records)
    };
    dispatch->sign = envelope_key_load(SIGN_KEY, problem);
    if (!dispatch->sign)
        return -1;
    dispatch->timer = loop_timer(scheduler->program.loop, due, dispatch);
    return dispatch->timer ? 0 : problem_errno(problem, "loop", "", "no timer for envelopes");
}

void dispatch_close(struct dispatch *dispatch)
{
    envelope_key_free(dispatch->sign);
    documents_texts_free(&dispatch->texts);
}

static int seal_to(struct dispatch *dispatch, const struct agent_known *agent, enum envelope purpose,
    const void *message, struct buf *ret, struct problem *problem)
{
    struct records *records = dispatch->scheduler->records;
    struct envelope_key *key = envelope_key_public(agent->seal_key, problem);
    if (!key)
        return -1;
    const struct envelope_writer writer = {
        .deployment = trusted_deployment(&dispatch->scheduler->trusted), .sign = dispatch->sign, .seal = key
    };
    const struct stream_place place = streams_next(records, agent->agent, clock_wall_ms());
    int error = envelope_seal(&writer, purpose, place, message, ret, problem);
    envelope_key_free(key);
    return error;
}

int dispatch_send(
    struct dispatch *dispatch, uint32_t number, enum envelope purpose, const void *message, struct problem *problem)
{
    struct records *records = dispatch->scheduler->records;
    struct buf envelope = { 0 };
    struct agent_known agent;
    if (!trusted_deployment(&dispatch->scheduler->trusted))
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (!agents_get(records, number, &agent))
        return problem_set(problem, "unknown-agent", "agent", "agent %u is not there any more", number);
    int error = seal_to(dispatch, &agent, purpose, message, &envelope, problem);
    if (!error) {
        deliveries_send(records, number, envelope.data, envelope.length);
        dispatch->sealed++;
        scheduler_look(dispatch->scheduler);
    }
    buf_free(&envelope);
    return error;
}

static const struct paper_texts *texts_of(struct dispatch *dispatch, int64_t number)
{
    if (dispatch->texts_of == number)
        return &dispatch->texts;
    documents_texts_free(&dispatch->texts);
    documents_texts(dispatch->scheduler->records, number, &dispatch->texts);
    dispatch->texts_of = number;
    return &dispatch->texts;
}

/* The checkpoint that an agent is sent each day. */
static enum growth_step show_log(struct dispatch *dispatch, const struct delivery *delivery, struct growth_shown *shown,
    struct envelope_checkpoint *ret)
{
    struct scheduler *scheduler = dispatch->scheduler;
    const char *note, *consistency;
    if (growth_newest(scheduler, &note, shown) == GROWTH_WAIT ||
        growth_for(scheduler, delivery->agent, shown, &consistency) == GROWTH_WAIT)
        return GROWTH_WAIT;
    *ret = (struct envelope_checkpoint){ .cosigned_checkpoint = note, .consistency = consistency };
    return GROWTH_GO;
}

/* A document; with a receipt that shows the log, the proof that it is the log that the agent remembers. */
static enum growth_step show_document(struct dispatch *dispatch, const struct delivery *delivery,
    struct growth_shown *shown, struct envelope_document *ret)
{
    struct scheduler *scheduler = dispatch->scheduler;
    const struct paper_texts *texts = texts_of(dispatch, delivery->number);
    const char *consistency = NULL;
    if (growth_of_receipt(texts->receipt, shown) &&
        (deliveries_is_proving(scheduler->records, delivery->agent) ||
            growth_for(scheduler, delivery->agent, shown, &consistency) == GROWTH_WAIT))
        return GROWTH_WAIT;
    *ret = (struct envelope_document){
        .dsse = texts->dsse, .entry = texts->entry, .receipt = texts->receipt, .consistency = consistency
    };
    return GROWTH_GO;
}

static int seal_stop(struct dispatch *dispatch, const struct delivery *delivery, const struct agent_known *agent,
    struct buf *ret, struct problem *problem)
{
    struct paper paper;
    if (!documents_get(dispatch->scheduler->records, delivery->number, &paper))
        return problem_set(problem, "not-found", "document", "there is no such document");
    const struct envelope_stop stop = { .document = paper.document };
    return seal_to(dispatch, agent, ENVELOPE_STOP, &stop, ret, problem);
}

/* WAIT: nothing was sealed, for a proof is on its way. What goes wrong is in problem, whose code is NULL if nothing
 * does. */
static enum growth_step seal_one(
    struct dispatch *dispatch, const struct delivery *delivery, struct buf *ret, struct problem *problem)
{
    struct records *records = dispatch->scheduler->records;
    struct agent_known agent;
    struct growth_shown shown = { .size = 0 };
    struct envelope_document document;
    struct envelope_checkpoint checkpoint;
    bool is_document = delivery->what == DELIVERY_DOCUMENT;
    int error;
    problem->code = NULL;
    if (!agents_get(records, delivery->agent, &agent)) {
        problem_set(problem, "unknown-agent", "agent", "agent %u is not there any more", delivery->agent);
        return GROWTH_GO;
    }
    if (is_document
            ? show_document(dispatch, delivery, &shown, &document) == GROWTH_WAIT
            : delivery->what == DELIVERY_CHECKPOINT && show_log(dispatch, delivery, &shown, &checkpoint) == GROWTH_WAIT)
        return GROWTH_WAIT;
    if (delivery->what == DELIVERY_STOP)
        error = seal_stop(dispatch, delivery, &agent, ret, problem);
    else
        error = seal_to(dispatch, &agent, is_document ? ENVELOPE_DOCUMENT : ENVELOPE_CHECKPOINT,
            is_document ? (const void *)&document : &checkpoint, ret, problem);
    if (!error && shown.size)
        remembered_show(records, delivery->agent, shown.origin, shown.size, clock_wall_ms());
    return GROWTH_GO;
}

static void give_up(struct dispatch *dispatch, const struct delivery *delivery, const struct problem *problem)
{
    log_problem(LOG_LEVEL_WARNING, "delivery.given-up", problem);
    dispatch->given_up++;
    if (delivery->delivery)
        progress_unreachable(dispatch->scheduler, delivery, problem);
}

static void seal_some(struct dispatch *dispatch, size_t most)
{
    struct delivery ready[SEALED_A_TURN];
    struct records *records = dispatch->scheduler->records;
    size_t n = deliveries_ready(records, ready, most < SEALED_A_TURN ? most : SEALED_A_TURN);
    for (size_t i = 0; i < n; i++) {
        struct buf envelope = { 0 };
        struct problem problem;
        if (seal_one(dispatch, &ready[i], &envelope, &problem) == GROWTH_WAIT) {
            deliveries_proving(records, ready[i].delivery);
        } else if (problem.code) {
            deliveries_drop(records, ready[i].delivery);
            give_up(dispatch, &ready[i], &problem);
        } else {
            deliveries_sealed(records, &ready[i], envelope.data, envelope.length);
            dispatch->sealed++;
        }
        buf_free(&envelope);
    }
    if (n == SEALED_A_TURN)
        look_again(dispatch, 0);
}

struct handed {
    struct dispatch *dispatch;
    int64_t outgoing;
    struct delivery delivery;
};

/* What never will be taken; all else is tried again. */
static bool is_final(const struct problem *refused)
{
    return !strcmp(refused->code, "unknown-agent") || !strcmp(refused->code, "retired") ||
           !strcmp(refused->code, "not-found");
}

static void put(struct dispatch *dispatch, const struct handed *handed)
{
    struct records *records = dispatch->scheduler->records;
    deliveries_put(records, handed->outgoing, &handed->delivery);
    dispatch->put++;
    dispatch->backoff_ms = BACKOFF_MS;
    dispatch->failing_since_ms = 0;
    if (dispatch->full_until_ms != INT64_MAX) {
        deliveries_not_full(records, handed->delivery.agent);
        dispatch->full_until_ms = deliveries_full_until(records);
    }
}

static void unsend(struct dispatch *dispatch, const struct handed *handed, const struct problem *refused)
{
    deliveries_unsend(dispatch->scheduler->records, handed->outgoing, &handed->delivery);
    give_up(dispatch, &handed->delivery, refused);
}

/* One agent's: the others go on. */
static void mailbox_full(struct dispatch *dispatch, const struct handed *handed, const struct problem *refused)
{
    struct records *records = dispatch->scheduler->records;
    int64_t now_ms = clock_wall_ms(), since_ms = deliveries_full(records, handed->delivery.agent, now_ms);
    if (since_ms == now_ms)
        log_warning("mailbox.full", LOG_INT("agent", handed->delivery.agent));
    if (now_ms - since_ms > FULL_LIMIT_MS)
        unsend(dispatch, handed, refused);
    dispatch->full_until_ms = deliveries_full_until(records);
}

static void not_put(struct dispatch *dispatch, const struct problem *refused)
{
    dispatch->failed = true;
    if (dispatch->failing_since_ms)
        return;
    dispatch->failing_since_ms = clock_mono_ms();
    log_problem(LOG_LEVEL_WARNING, "mailbox.not-put", refused);
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    struct handed *handed = arg;
    struct dispatch *dispatch = handed->dispatch;
    (void)reply;
    dispatch->on_the_way--;
    dispatch->put_failed += refused != NULL;
    if (!refused)
        put(dispatch, handed);
    else if (is_final(refused))
        unsend(dispatch, handed, refused);
    else if (!strcmp(refused->code, "mailbox-full"))
        mailbox_full(dispatch, handed, refused);
    else
        not_put(dispatch, refused);
    free(handed);
    look_again(dispatch, 0);
}

static void hand_over(void *arg, int64_t outgoing, const struct delivery *delivery, const void *envelope, size_t bytes)
{
    struct dispatch *dispatch = arg;
    struct handed *handed = malloc(sizeof(*handed));
    char *text = malloc(BASE64_BYTES(bytes));
    if (handed && text) {
        crypto_base64(envelope, bytes, text);
        *handed = (struct handed){ dispatch, outgoing, *delivery };
        const struct call_mailbox_put request = { .agent = delivery->agent, .envelope = text };
        ask_mailbox_put(dispatch->scheduler->program.bus, NULL, &request, DEADLINE_MS, answered, handed);
        dispatch->on_the_way++;
        dispatch->asked = outgoing;
    } else {
        free(handed);
        dispatch->failed = true;
    }
    free(text);
}

/* Everything in `outgoing` is durable now. */
static void hand_over_some(void *arg)
{
    struct dispatch *dispatch = arg;
    if (!dispatch->failed && dispatch->on_the_way < ON_THE_WAY_MAX)
        deliveries_outgoing(dispatch->scheduler->records, dispatch->asked, clock_wall_ms(),
            ON_THE_WAY_MAX - dispatch->on_the_way, hand_over, dispatch);
}

/* In their order from the first that ingest has not, once all that are on the way are answered. */
static void begin_anew(struct dispatch *dispatch)
{
    if (dispatch->on_the_way)
        return;
    dispatch->failed = false;
    dispatch->asked = 0;
    dispatch->not_before_ms = clock_mono_ms() + dispatch->backoff_ms;
    look_again(dispatch, dispatch->backoff_ms);
    dispatch->backoff_ms = dispatch->backoff_ms * 2 < BACKOFF_MAX_MS ? dispatch->backoff_ms * 2 : BACKOFF_MAX_MS;
}

/* A mailbox that was full is tried again: what waits for it lies behind what was handed over since. */
static bool tries_full(struct dispatch *dispatch)
{
    if (clock_wall_ms() < dispatch->full_until_ms)
        return false;
    if (!dispatch->on_the_way) {
        dispatch->asked = 0;
        dispatch->full_until_ms = clock_wall_ms() + DEADLINE_MS; /* it has answered by then */
    }
    return dispatch->on_the_way > 0;
}

void dispatch_turn(struct dispatch *dispatch)
{
    if (dispatch->failed) {
        begin_anew(dispatch);
        return;
    }
    if (tries_full(dispatch))
        return;
    if (!trusted_deployment(&dispatch->scheduler->trusted) || dispatch->on_the_way >= ON_THE_WAY_MAX ||
        clock_mono_ms() < dispatch->not_before_ms)
        return;
    seal_some(dispatch, ON_THE_WAY_MAX - dispatch->on_the_way);
    if (records_then(dispatch->scheduler->records, hand_over_some, dispatch))
        look_again(dispatch, BACKOFF_MS);
}
