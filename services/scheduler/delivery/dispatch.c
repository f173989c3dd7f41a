#include "services/scheduler/delivery/dispatch.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "services/scheduler/delivery/deliveries.h"
#include "services/scheduler/delivery/growth.h"
#include "services/scheduler/delivery/remembered.h"
#include "services/scheduler/runs/progress.h"
#include "services/scheduler/scheduler.h"

#define SEALED_A_TURN 16 /* half a millisecond each */

static const char *deployment(void *arg)
{
    struct dispatch *dispatch = arg;
    return own_trust_deployment(&dispatch->scheduler->trusted.own);
}

static const char *named(void *arg)
{
    struct dispatch *dispatch = arg;
    return dispatch->scheduler->trusted.own.sign_key;
}

static void turn(void *arg)
{
    dispatch_turn(arg);
}

static void put(void *arg, const struct outgoing *outgoing)
{
    struct dispatch *dispatch = arg;
    if (outgoing->ticket)
        deliveries_put(dispatch->scheduler->records, outgoing->ticket);
}

static void lost(void *arg, const struct outgoing *outgoing, const struct problem *problem)
{
    struct dispatch *dispatch = arg;
    struct delivery delivery;
    if (!outgoing->ticket || !deliveries_get(dispatch->scheduler->records, outgoing->ticket, &delivery))
        return;
    deliveries_drop(dispatch->scheduler->records, delivery.delivery);
    progress_unreachable(dispatch->scheduler, &delivery, problem);
}

int dispatch_start(struct dispatch *dispatch, struct scheduler *scheduler, struct problem *problem)
{
    *dispatch = (struct dispatch){ .scheduler = scheduler };
    const struct handover_owner owner = { .records = scheduler->records,
        .bus = scheduler->program.bus,
        .loop = scheduler->program.loop,
        .own = &scheduler->own_keys,
        .deployment = deployment,
        .named = named,
        .turn = turn,
        .put = put,
        .lost = lost,
        .arg = dispatch };
    return handover_start(&dispatch->handover, &owner, problem);
}

void dispatch_close(struct dispatch *dispatch)
{
    documents_texts_free(&dispatch->texts);
}

int dispatch_send(
    struct dispatch *dispatch, uint32_t agent, enum envelope purpose, const void *message, struct problem *problem)
{
    int error = handover_send(&dispatch->handover, agent, 0, purpose, message, problem);
    if (!error)
        scheduler_look(dispatch->scheduler);
    return error;
}

static const struct paper_texts *texts_of(struct dispatch *dispatch, int64_t number)
{
    if (dispatch->texts_of == number)
        return &dispatch->texts;
    documents_texts_free(&dispatch->texts);
    documents_texts(dispatch->scheduler->records, number, &dispatch->texts);
    trusted_named_by(dispatch->texts.dsse, dispatch->names);
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

static int seal_stop(struct dispatch *dispatch, const struct delivery *delivery, struct problem *problem)
{
    struct paper paper;
    if (!documents_get(dispatch->scheduler->records, delivery->number, &paper))
        return problem_set(problem, "not-found", "document", "there is no such document");
    const struct envelope_stop stop = { .document = paper.document };
    return handover_send(&dispatch->handover, delivery->agent, delivery->delivery, ENVELOPE_STOP, &stop, problem);
}

/* WAIT: nothing was sealed, for a proof is on its way. What goes wrong is in problem, whose code is NULL if nothing
 * does. */
static enum growth_step seal_one(struct dispatch *dispatch, const struct delivery *delivery, struct problem *problem)
{
    struct growth_shown shown = { .size = 0 };
    struct envelope_document document;
    struct envelope_checkpoint checkpoint;
    bool is_document = delivery->what == DELIVERY_DOCUMENT;
    int error;
    problem->code = NULL;
    if (is_document
            ? show_document(dispatch, delivery, &shown, &document) == GROWTH_WAIT
            : delivery->what == DELIVERY_CHECKPOINT && show_log(dispatch, delivery, &shown, &checkpoint) == GROWTH_WAIT)
        return GROWTH_WAIT;
    if (delivery->what == DELIVERY_STOP)
        error = seal_stop(dispatch, delivery, problem);
    else
        error = handover_send(&dispatch->handover, delivery->agent, delivery->delivery,
            is_document ? ENVELOPE_DOCUMENT : ENVELOPE_CHECKPOINT, is_document ? (const void *)&document : &checkpoint,
            problem);
    if (!error && shown.size)
        remembered_show(dispatch->scheduler->records, delivery->agent, shown.origin, shown.size, clock_wall_ms());
    if (!error && is_document && *dispatch->names)
        handover_known_by(&dispatch->handover, delivery->agent, dispatch->names);
    return GROWTH_GO;
}

static void give_up(struct dispatch *dispatch, const struct delivery *delivery, const struct problem *problem)
{
    log_problem(LOG_LEVEL_WARNING, "delivery.given-up", problem);
    dispatch->handover.given_up++;
    deliveries_drop(dispatch->scheduler->records, delivery->delivery);
    progress_unreachable(dispatch->scheduler, delivery, problem);
}

static void seal_some(struct dispatch *dispatch, size_t most)
{
    struct delivery ready[SEALED_A_TURN];
    struct records *records = dispatch->scheduler->records;
    size_t n = deliveries_ready(records, ready, most < SEALED_A_TURN ? most : SEALED_A_TURN);
    for (size_t i = 0; i < n; i++) {
        struct problem problem;
        if (seal_one(dispatch, &ready[i], &problem) == GROWTH_WAIT)
            deliveries_proving(records, ready[i].delivery);
        else if (problem.code)
            give_up(dispatch, &ready[i], &problem);
        else
            deliveries_sealed(records, ready[i].delivery);
    }
    if (n == SEALED_A_TURN)
        handover_again(&dispatch->handover, 0);
}

void dispatch_turn(struct dispatch *dispatch)
{
    unsigned room = own_trust_deployment(&dispatch->scheduler->trusted.own) ? handover_room(&dispatch->handover) : 0;
    if (!room)
        return;
    seal_some(dispatch, room);
    handover_turn(&dispatch->handover);
}
