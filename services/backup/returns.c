#include "services/backup/returns.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/envelope/envelope.h"
#include "lib/log.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/commits.h"
#include "services/backup/catalogue/snapshots.h"
#include "services/backup/orders/ordering.h"
#include "services/backup/orders/state.h"

#define SENT_AGAIN_MAX 3
#define SENT_AGAIN_MS 2000

static void move(
    struct backup *backup, struct order *order, enum backup_state state, const struct envelope_backup_run *said)
{
    int64_t now_ms = clock_wall_ms();
    order->state = state;
    order->since_ms = said->time < now_ms ? said->time : now_ms;
    if (state == BACKUP_STATE_RUNNING)
        order->started_ms = order->since_ms;
    snprintf(order->code, sizeof(order->code), "%s", said->code ? said->code : "");
    snprintf(order->reason, sizeof(order->reason), "%s", said->reason ? said->reason : "");
    ordering_moved(backup, order);
}

/* What is wanting may be on its way by the scheduler: the plan itself; or, of a receipt whose history the agent does
 * not know, the word of what it does know, upon which the next proof is better. */
static bool goes_again(struct backup *backup, const struct order *order, const struct envelope_backup_run *said)
{
    bool wanting = said->backup_state == BACKUP_STATE_REFUSED && said->code &&
                   (!strcmp(said->code, "no-consistency") || !strcmp(said->code, "no-plan"));
    if (!wanting || order_state_ended(order->state) || order->state == BACKUP_STATE_ORDERED)
        return false;
    return orders_again(backup->records, order->number, SENT_AGAIN_MAX);
}

/* Its commit was sent before, and is done with it; without one it is none. */
static void take_done(struct backup *backup, struct order *order, const struct envelope_backup_run *said)
{
    struct envelope_backup_run lie = *said;
    struct snapshot snapshot;
    if (snapshots_find(backup->records, order->agent, order->backup, &snapshot) ||
        !order_state_may(order->state, BACKUP_STATE_FAILED))
        return;
    lie.code = "no-commit";
    lie.reason = "the agent says that it is done, and its commit did not come, or is not by its key";
    move(backup, order, BACKUP_STATE_FAILED, &lie);
}

static void take_run(struct backup *backup, uint32_t agent, const struct envelope_backup_run *said)
{
    enum backup_state state = (enum backup_state)said->backup_state;
    struct order order;
    if (!orders_find(backup->records, said->backup, &order) || order.agent != agent) {
        log_debug("backup.not-ours", LOG_INT("agent", agent), LOG_TEXT("backup", said->backup));
        return;
    }
    bool ended = order_state_ended(state);
    if (ended)
        running_end(&backup->running, said->backup);
    else if (!order_state_ended(order.state))
        running_note(&backup->running, said);
    if (state == BACKUP_STATE_DONE)
        take_done(backup, &order, said);
    else if (goes_again(backup, &order, said))
        backup->sending.not_before_ms = clock_mono_ms() + SENT_AGAIN_MS;
    else if (state >= BACKUP_STATE_TAKEN && state != BACKUP_STATE_MISSED && order_state_may(order.state, state))
        move(backup, &order, state, said);
}

static void take_commit(struct backup *backup, uint32_t agent, const struct envelope_backup_commit *said)
{
    const struct commit_piece piece = { said->backup, said->commit_bytes, said->offset, said->data };
    struct problem problem;
    if (commits_take(backup, agent, &piece, &problem))
        log_problem(LOG_LEVEL_WARNING, "commit.refused", &problem);
}

/* The log hears of it by the scheduler, which is told as well. */
static void take_rekey(struct backup *backup, uint32_t agent, const struct envelope_opened *opened)
{
    const struct envelope_backup_rekey *said = opened->message;
    const struct envelope_backup_rekeyed answer = { .sign_key = said->sign_key };
    struct agent_known known;
    struct problem problem;
    if (!agents_get(backup->records, agent, &known))
        return;
    if (agents_rekey(backup->records, &known, opened->from, said->sign_key, said->seal_key, &problem) ||
        handover_send(&backup->handover, agent, 0, ENVELOPE_BACKUP_REKEYED, &answer, &problem))
        log_problem(LOG_LEVEL_WARNING, "rekey.not-answered", &problem);
    handover_again(&backup->handover, 0);
}

static int deal(void *arg, uint32_t agent, const struct envelope_opened *opened, struct problem *problem)
{
    struct backup *backup = arg;
    (void)problem;
    if (opened->purpose == ENVELOPE_BACKUP_RUN)
        take_run(backup, agent, opened->message);
    else if (opened->purpose == ENVELOPE_BACKUP_COMMIT)
        take_commit(backup, agent, opened->message);
    else if (opened->purpose == ENVELOPE_BACKUP_REKEY)
        take_rekey(backup, agent, opened);
    return 0; /* of other purposes envelope_open takes none from an agent */
}

static const char *deployment(void *arg)
{
    struct backup *backup = arg;
    return own_trust_deployment(&backup->trusted.own);
}

void returns_start(struct backup *backup)
{
    const struct incoming_owner owner = { .records = backup->records,
        .bus = backup->program.bus,
        .roster = &backup->roster,
        .peer = PEER_BACKUP,
        .own = &backup->own_keys,
        .folder = backup->program.name,
        .deployment = deployment,
        .deal = deal,
        .arg = backup };
    incoming_start(&backup->incoming, &owner);
}

static void answer(void *request)
{
    answer_backup_take(request, &(struct call_backup_take_reply){ 0 });
}

void serve_backup_take(struct bus_request *request, const struct call_backup_take *in)
{
    incoming_take(&backup_of(request)->incoming, request, in->agent, in->envelope, answer);
}
