#include "services/backup/orders/sending.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "services/backup/backup.h"
#include "services/backup/orders/ordering.h"

#define DEADLINE_MS 10000
#define AGAIN_MS 500

static const char *deployment(void *arg)
{
    struct backup *backup = arg;
    return own_trust_deployment(&backup->trusted.own);
}

static const char *named(void *arg)
{
    struct backup *backup = arg;
    return backup->trusted.own.sign_key;
}

static void turn(void *arg)
{
    sending_turn(arg);
}

static void put(void *arg, const struct outgoing *outgoing)
{
    (void)arg, (void)outgoing; /* sealed is as good as sent: it goes until it is there */
}

static void end(struct backup *backup, struct order *order, const struct problem *problem)
{
    order->state = BACKUP_STATE_FAILED;
    order->since_ms = clock_wall_ms();
    snprintf(order->code, sizeof(order->code), "%s", problem->code);
    snprintf(order->reason, sizeof(order->reason), "%.200s", problem->reason);
    ordering_moved(backup, order);
}

static void lost(void *arg, const struct outgoing *outgoing, const struct problem *problem)
{
    struct backup *backup = arg;
    struct order order;
    if (outgoing->ticket && orders_get(backup->records, outgoing->ticket, &order) &&
        (order.state == BACKUP_STATE_SENT || order.state == BACKUP_STATE_MISSED))
        end(backup, &order, problem);
}

int sending_start(struct backup *backup, struct problem *problem)
{
    const struct handover_owner owner = { .records = backup->records,
        .bus = backup->program.bus,
        .loop = backup->program.loop,
        .own = &backup->own_keys,
        .deployment = deployment,
        .named = named,
        .turn = turn,
        .put = put,
        .lost = lost,
        .arg = backup };
    return handover_start(&backup->handover, &owner, problem);
}

struct asking {
    struct backup *backup;
    int64_t number;
};

static void seal(struct backup *backup, struct order *order, const char *consistency)
{
    struct order_texts texts;
    struct problem problem;
    orders_texts(backup->records, order->number, &texts);
    /* The trust file that names it lies before it: the scheduler has said so (log.growth). */
    handover_known_by(&backup->handover, order->agent, backup->trusted.own.sign_key);
    const struct envelope_backup_order message = {
        .order = texts.body, .entry = texts.entry, .receipt = texts.receipt, .consistency = consistency
    };
    if (handover_send(&backup->handover, order->agent, order->number, ENVELOPE_BACKUP_ORDER, &message, &problem)) {
        end(backup, order, &problem);
    } else {
        order->state = BACKUP_STATE_SENT;
        order->since_ms = clock_wall_ms();
        orders_move(backup->records, order);
        handover_turn(&backup->handover);
    }
    orders_texts_free(&texts);
}

static void take_growth(void *arg, const struct problem *refused, const void *in)
{
    struct asking *asking = arg;
    struct backup *backup = asking->backup;
    struct sending *sending = &backup->sending;
    const struct call_log_growth_reply *reply = in;
    struct order order;
    for (size_t i = 0; i < sending->n_asking; i++) {
        if (sending->asking[i] == asking->number)
            sending->asking[i] = sending->asking[--sending->n_asking];
    }
    if (refused)
        sending->not_before_ms = clock_mono_ms() + AGAIN_MS;
    else if (orders_get(backup->records, asking->number, &order) && order.state == BACKUP_STATE_ORDERED)
        seal(backup, &order, reply->consistency);
    handover_again(&backup->handover, refused ? AGAIN_MS : 0);
    free(asking);
}

static void ask(struct backup *backup, int64_t number)
{
    struct sending *sending = &backup->sending;
    struct asking *asking = malloc(sizeof(*asking));
    struct order_texts texts;
    struct order order;
    for (size_t i = 0; i < sending->n_asking; i++) {
        if (sending->asking[i] == number) {
            free(asking);
            return;
        }
    }
    if (!asking || !orders_get(backup->records, number, &order)) {
        free(asking);
        return;
    }
    *asking = (struct asking){ backup, number };
    sending->asking[sending->n_asking++] = number;
    orders_texts(backup->records, number, &texts);
    const struct call_log_growth request = { .agent = order.agent, .receipt = texts.receipt };
    ask_log_growth(backup->program.bus, NULL, &request, DEADLINE_MS, take_growth, asking);
    orders_texts_free(&texts);
}

void sending_key_changed(struct backup *backup)
{
    orders_all_again(backup->records);
    handover_again(&backup->handover, 0);
}

void sending_turn(struct backup *backup)
{
    struct sending *sending = &backup->sending;
    int64_t numbers[SENDING_MAX];
    unsigned room = own_trust_deployment(&backup->trusted.own) ? handover_room(&backup->handover) : 0;
    if (!room)
        return;
    /* What is sealed and not with ingest goes whatever becomes of the others. */
    handover_turn(&backup->handover);
    if (clock_mono_ms() < sending->not_before_ms)
        return;
    /* Each has its turn: those whose agents' mailboxes are full hold up no others. */
    size_t n = orders_unsent(backup->records, sending->after, numbers, SENDING_MAX);
    if (!n && sending->after)
        n = orders_unsent(backup->records, 0, numbers, SENDING_MAX);
    for (size_t i = 0; i < n && sending->n_asking < SENDING_MAX; i++) {
        sending->after = numbers[i];
        ask(backup, numbers[i]);
    }
}

void sending_stop(struct backup *backup, const struct order *order)
{
    const struct envelope_backup_stop message = { .backup = order->backup };
    struct problem problem;
    if (handover_send(&backup->handover, order->agent, 0, ENVELOPE_BACKUP_STOP, &message, &problem))
        log_problem(LOG_LEVEL_WARNING, "backup.not-stopped", &problem);
    handover_again(&backup->handover, 0);
}
