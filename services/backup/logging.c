#include "services/backup/logging.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/signed/receipt.h"
#include "services/backup/backup.h"
#include "services/backup/orders.h"
#include "services/backup/tell.h"

#define PROVE_DEADLINE_MS 10000
#define SETTLED_TICKS 2 /* an event that was taken before the last one is published by then */
#define TOLD_A_TURN 256

void logging_start(struct backup *backup)
{
    backup->logging.told = backup->logging.before = orders_last(backup->records);
}

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

struct proving {
    struct backup *backup;
    int64_t number;
};

static bool is_proving(const struct logging *logging, int64_t number)
{
    for (size_t i = 0; i < logging->n_proving; i++) {
        if (logging->proving[i] == number)
            return true;
    }
    return false;
}

static void end_proving(struct logging *logging, int64_t number)
{
    for (size_t i = 0; i < logging->n_proving; i++) {
        if (logging->proving[i] == number)
            logging->proving[i] = logging->proving[--logging->n_proving];
    }
}

/* Is it one that agents will take? With a quorum of witnesses it may not be yet. */
static int check_receipt(
    const struct trusted *trusted, const struct order *order, const struct call_log_prove_reply *reply,
    struct problem *problem)
{
    const struct receipt receipt = { reply->entry, strlen(reply->entry), reply->receipt, strlen(reply->receipt) };
    uint8_t sha256[SHA256_BYTES];
    struct tlog_held held;
    if (!trusted->newest || crypto_unhex(order->sha256, sha256, sizeof(sha256)))
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    return receipt_verify(&receipt, RECEIPT_OF_ORDER, sha256, trusted->newest, trusted->successors.keys,
        trusted->successors.n, &held, problem);
}

static void proved(void *arg, const struct problem *refused, const void *in)
{
    struct proving *proving = arg;
    struct backup *backup = proving->backup;
    const struct call_log_prove_reply *reply = in;
    struct problem problem;
    struct order order;
    end_proving(&backup->logging, proving->number);
    if (refused) {
        log_problem(LOG_LEVEL_WARNING, "receipt.not-given", refused);
    } else if (orders_get(backup->records, proving->number, &order) &&
               check_receipt(&backup->trusted, &order, reply, &problem)) {
        log_problem(LOG_LEVEL_INFO, "receipt.not-yet", &problem);
    } else {
        orders_receipt(backup->records, proving->number, reply->entry, reply->receipt);
        backup_look(backup);
    }
    free(proving);
}

static void prove(struct backup *backup, int64_t number, uint64_t sequence)
{
    struct logging *logging = &backup->logging;
    struct proving *proving = malloc(sizeof(*proving));
    if (!proving || logging->n_proving == LOGGING_PROVING_MAX || is_proving(logging, number)) {
        free(proving); /* the next tick finds it */
        return;
    }
    *proving = (struct proving){ backup, number };
    logging->proving[logging->n_proving++] = number;
    const struct call_log_prove request = { .class = CLASS_OPS, .sequence = sequence };
    ask_log_prove(backup->program.bus, NULL, &request, PROVE_DEADLINE_MS, proved, proving);
}

void logging_found(struct backup *backup, int64_t number, uint64_t sequence)
{
    prove(backup, number, sequence);
}

void logging_tick(struct backup *backup)
{
    int64_t numbers[LOGGING_PROVING_MAX];
    struct order order;
    tell_new(backup);
    if (!backup->logging.recovered)
        tell_again(backup);
    size_t n = orders_unproved(backup->records, 0, numbers, LOGGING_PROVING_MAX);
    for (size_t i = 0; i < n; i++) {
        if (orders_get(backup->records, numbers[i], &order))
            prove(backup, order.number, (uint64_t)order.sequence);
    }
}
