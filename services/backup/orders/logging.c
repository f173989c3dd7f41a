#include "services/backup/orders/logging.h"

#include <string.h>

#include "lib/log.h"
#include "lib/signed/receipt.h"
#include "services/backup/backup.h"
#include "services/backup/orders/orders.h"
#include "services/backup/tell.h"

#define SETTLED_TICKS 2 /* an event that was taken before the last one is published by then */
#define TOLD_A_TURN 256

/* What is stored, in its order. */
static void tell_new(void *arg)
{
    struct backup *backup = arg;
    int64_t numbers[TOLD_A_TURN];
    struct order order;
    size_t n = orders_unlogged(backup->records, backup->logging.told, numbers, TOLD_A_TURN);
    for (size_t i = 0; i < n; i++) {
        if (!orders_get(backup->records, numbers[i], &order) || tell_ordered(backup, &order))
            return; /* the next tick comes here again */
        backup->logging.told = numbers[i];
    }
}

void logging_go(struct backup *backup)
{
    records_then(backup->records, tell_new, backup);
}

/* What was stored and whose event was lost, with a kill before it was in the outbox or with the power: the log has had
 * time to say that it has it. */
static void tell_again(struct backup *backup)
{
    struct logging *logging = &backup->logging;
    struct bus_outbox_state outbox;
    int64_t numbers[TOLD_A_TURN];
    struct order order;
    bus_outbox_state(backup->program.bus, &outbox);
    logging->settled = backup->follow.caught_up && !outbox.waiting ? logging->settled + 1 : 0;
    if (logging->settled < SETTLED_TICKS)
        return;
    size_t n = orders_unlogged(backup->records, 0, numbers, TOLD_A_TURN);
    for (size_t i = 0; i < n && numbers[i] <= logging->before; i++) {
        if (orders_get(backup->records, numbers[i], &order) && tell_ordered(backup, &order))
            return;
    }
    logging->recovered = true;
}

/* Is it one that agents will take? With a quorum of witnesses it may not be yet. */
static int check_receipt(const struct trusted *trusted, const struct order *order,
    const struct call_log_prove_reply *reply, struct problem *problem)
{
    const struct receipt receipt = { reply->entry, strlen(reply->entry), reply->receipt, strlen(reply->receipt) };
    uint8_t sha256[SHA256_BYTES];
    struct tlog_held held;
    if (!trusted->own.newest || crypto_unhex(order->sha256, sha256, sizeof(sha256)))
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    return receipt_verify(
        &receipt, RECEIPT_OF_ORDER, sha256, trusted->own.newest, &trusted->successors, &held, problem);
}

static void proved(void *arg, int64_t number, const struct call_log_prove_reply *reply)
{
    struct backup *backup = arg;
    struct problem problem;
    struct order order;
    if (orders_get(backup->records, number, &order) && check_receipt(&backup->trusted, &order, reply, &problem)) {
        log_problem(LOG_LEVEL_INFO, "receipt.not-yet", &problem);
        return;
    }
    orders_receipt(backup->records, number, reply->entry, reply->receipt);
    backup_look(backup);
}

void logging_start(struct backup *backup)
{
    int64_t last = orders_last(backup->records);
    backup->logging = (struct logging){ .proving = { .bus = backup->program.bus, .proved = proved, .arg = backup },
        .told = last,
        .before = last };
}

void logging_found(struct backup *backup, int64_t number, uint64_t sequence)
{
    proving_ask(&backup->logging.proving, number, sequence);
}

void logging_tick(struct backup *backup)
{
    int64_t numbers[PROVING_MAX];
    struct order order;
    tell_new(backup);
    if (!backup->logging.recovered)
        tell_again(backup);
    size_t n = orders_unproved(backup->records, 0, numbers, PROVING_MAX);
    for (size_t i = 0; i < n; i++) {
        if (orders_get(backup->records, numbers[i], &order))
            proving_ask(&backup->logging.proving, order.number, (uint64_t)order.sequence);
    }
}
