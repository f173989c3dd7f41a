#include "services/scheduler/logging.h"

#include <string.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/signed/receipt.h"
#include "lib/signed/successors.h"
#include "services/scheduler/documents/calls.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/tell.h"

#define LOG_WAIT_MS 5000
#define SETTLED_TICKS 2 /* an event that was taken before the last one is published by then */

int logging_ready(struct scheduler *scheduler, struct problem *problem)
{
    struct bus *bus = scheduler->program.bus;
    if (bus_log_away_ms(bus) > LOG_WAIT_MS)
        return problem_set(
            problem, "log-unavailable", "", "the log takes no entries now, and nothing is done unrecorded");
    if (!bus_outbox_has_room(bus, CLASS_OPS))
        return problem_set(problem, "log-unavailable", "", "more operations wait for the log than it takes now");
    return 0;
}

int logging_tell(struct scheduler *scheduler, const struct paper *paper, struct problem *problem)
{
    if (tell_logged(scheduler, paper) || (!paper->wants_receipt && bus_outbox_sync(scheduler->program.bus, CLASS_OPS)))
        return problem_set(problem, "log-unavailable", "", "the outbox for the log is full");
    return 0;
}

void logging_wait(struct scheduler *scheduler, struct bus_request *request, int64_t number)
{
    struct logging *logging = &scheduler->logging;
    if (logging->n_waiting == LOGGING_WAITING_MAX) {
        document_answer(scheduler, request, number);
        return;
    }
    logging->waiting[logging->n_waiting].request = request;
    logging->waiting[logging->n_waiting].number = number;
    logging->waiting[logging->n_waiting++].until_ms = clock_mono_ms() + LOG_WAIT_MS;
}

/* Those of a document, or, for 0, those whose time is up. */
static void answer_waiting(struct scheduler *scheduler, int64_t number)
{
    struct logging *logging = &scheduler->logging;
    int64_t now_ms = clock_mono_ms();
    size_t n = 0;
    for (size_t i = 0; i < logging->n_waiting; i++) {
        bool due = number ? logging->waiting[i].number == number : logging->waiting[i].until_ms <= now_ms;
        if (due)
            document_answer(scheduler, logging->waiting[i].request, logging->waiting[i].number);
        else
            logging->waiting[n++] = logging->waiting[i];
    }
    logging->n_waiting = n;
}

struct finding {
    struct records *records;
    struct successors *found;
};

static void find_one(void *arg, const struct paper *paper)
{
    const struct finding *finding = arg;
    struct paper_texts texts;
    struct document document;
    documents_texts(finding->records, paper->number, &texts);
    if (!document_open(texts.dsse, &document, NULL)) {
        successors_add(finding->found, &document);
        document_free(&document);
    }
    documents_texts_free(&texts);
}

/* Is it one that agents will take? With a quorum of witnesses it may not be yet. */
static int check_receipt(
    struct scheduler *scheduler, int64_t number, const struct call_log_prove_reply *reply, struct problem *problem)
{
    const struct receipt receipt = { reply->entry, strlen(reply->entry), reply->receipt, strlen(reply->receipt) };
    const struct trust *trust = scheduler->trusted.own.newest;
    struct successors successors = { 0 };
    struct finding finding = { scheduler->records, &successors };
    uint8_t sha256[SHA256_BYTES];
    struct tlog_held held;
    struct paper paper;
    if (!trust || !documents_get(scheduler->records, number, &paper) ||
        crypto_unhex(paper.sha256, sha256, sizeof(sha256)))
        return problem_set(problem, "not-found", "document", "there is no such document");
    documents_each(scheduler->records, NULL, DOCUMENT_KIND_SUCCESSION, DOCUMENT_STATE_LOGGED, SUCCESSORS_MAX, find_one,
        &finding);
    return receipt_verify(&receipt, RECEIPT_OF_DOCUMENT, sha256, trust, &successors, &held, problem);
}

static void proved(void *arg, int64_t number, const struct call_log_prove_reply *reply)
{
    struct scheduler *scheduler = arg;
    struct problem problem;
    if (check_receipt(scheduler, number, reply, &problem)) {
        log_problem(LOG_LEVEL_INFO, "receipt.not-yet", &problem);
        return;
    }
    documents_receipt(scheduler->records, number, reply->entry, reply->receipt);
    scheduler_look(scheduler);
}

void logging_found(struct scheduler *scheduler, int64_t number, uint64_t sequence)
{
    answer_waiting(scheduler, number);
    proving_ask(&scheduler->logging.proving, number, sequence);
}

/* What was stored and whose event was lost with the power: the log has had time to say that it has it. */
static void tell_again(struct scheduler *scheduler)
{
    struct logging *logging = &scheduler->logging;
    struct bus_outbox_state outbox;
    int64_t numbers[PROVING_MAX];
    struct paper paper;
    struct problem problem;
    bus_outbox_state(scheduler->program.bus, &outbox);
    logging->settled = scheduler->follow.caught_up && !outbox.waiting ? logging->settled + 1 : 0;
    if (logging->settled < SETTLED_TICKS)
        return;
    size_t n = documents_unlogged(scheduler->records, 0, numbers, PROVING_MAX);
    for (size_t i = 0; i < n && numbers[i] <= logging->before; i++) {
        if (documents_get(scheduler->records, numbers[i], &paper) && logging_tell(scheduler, &paper, &problem))
            return;
    }
    logging->recovered = n < PROVING_MAX;
}

static void prove_more(struct scheduler *scheduler)
{
    int64_t numbers[PROVING_MAX];
    struct paper paper;
    size_t n = documents_unproved(scheduler->records, 0, numbers, PROVING_MAX);
    for (size_t i = 0; i < n; i++) {
        if (documents_get(scheduler->records, numbers[i], &paper))
            proving_ask(&scheduler->logging.proving, paper.number, (uint64_t)paper.sequence);
    }
}

void logging_start(struct scheduler *scheduler)
{
    scheduler->logging.proving =
        (struct proving){ .bus = scheduler->program.bus, .proved = proved, .arg = scheduler };
    scheduler->logging.before = documents_last(scheduler->records);
}

void logging_tick(struct scheduler *scheduler)
{
    answer_waiting(scheduler, 0);
    if (!scheduler->logging.recovered)
        tell_again(scheduler);
    prove_more(scheduler);
}
