#include "services/scheduler/returns.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/log.h"
#include "lib/message.h"
#include "services/scheduler/agents.h"
#include "services/scheduler/progress.h"
#include "services/scheduler/remembered.h"
#include "services/scheduler/reports.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/streams.h"
#include "services/scheduler/watch_report.h"

#define SEAL_KEY "scheduler/" ENVELOPE_SEAL_KEY
#define GAPS_A_TICK 100

int returns_start(struct returns *returns, struct problem *problem)
{
    returns->seal = envelope_key_load(SEAL_KEY, problem);
    return returns->seal ? 0 : -1;
}

void returns_close(struct returns *returns)
{
    envelope_key_free(returns->seal);
    for (size_t i = 0; i < SENDERS; i++)
        envelope_key_free(returns->senders[i]);
}

/* The one whose envelope ingest says it is; who it is indeed its signature shows. */
struct sender {
    struct returns *returns;
    const struct agent_known *agent;
};

static const struct envelope_key *signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    const struct sender *sender = arg;
    struct envelope_key **key = &sender->returns->senders[sender->agent->agent % SENDERS];
    if (strcmp(fingerprint, sender->agent->fingerprint))
        return NULL;
    if (!*key || strcmp(envelope_key_fingerprint(*key), fingerprint)) {
        envelope_key_free(*key);
        *key = envelope_key_public(sender->agent->sign_key, NULL);
    }
    *ret_peer = 0;
    return *key;
}

static int open_envelope(struct scheduler *scheduler, const struct agent_known *agent, const void *data, size_t bytes,
    struct envelope_opened *ret, struct problem *problem)
{
    const struct envelope_key *const keys[] = { scheduler->returns.seal };
    struct sender sender = { &scheduler->returns, agent };
    const struct envelope_reader reader = {
        .deployment = trusted_deployment(&scheduler->trusted),
        .peer = PEER_SCHEDULER,
        .own = keys,
        .n_own = 1,
        .signer = signer,
        .arg = &sender,
    };
    if (!reader.deployment)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    return envelope_open(&reader, data, bytes, ret, problem);
}

/* -1 + problem: it cannot be kept now. */
static int deal(
    struct scheduler *scheduler, uint32_t agent, const struct envelope_opened *opened, struct problem *problem)
{
    switch (opened->purpose) {
    case ENVELOPE_RUN:
        progress_report(scheduler, agent, opened->message);
        return 0;
    case ENVELOPE_OUTPUT:
        return progress_output(scheduler, agent, opened->message, problem);
    case ENVELOPE_WANTED:
        files_want(&scheduler->files, agent, opened->message);
        return 0;
    case ENVELOPE_REPORT:
        reports_take(scheduler, agent, opened);
        return 0;
    case ENVELOPE_REMEMBERED:
        remembered_take(scheduler, agent, opened->message);
        return 0;
    case ENVELOPE_WATCHES:
        return watch_report_take(scheduler, agent, opened->message, problem);
    default:
        return 0; /* of other purposes envelope_open takes none from an agent */
    }
}

static int deal_in_turn(struct scheduler *scheduler, uint32_t agent, struct stream *stream,
    const struct envelope_opened *opened, struct problem *problem)
{
    if (deal(scheduler, agent, opened, problem))
        return -1;
    uint64_t skipped = stream_dealt(stream, opened->place);
    if (skipped)
        log_warning("envelopes.skipped", LOG_INT("agent", agent), LOG_INT("count", skipped));
    streams_set_taken(scheduler->records, agent, stream);
    return 0;
}

/* What was held back, as far as its turn has come. */
static void deal_held(struct scheduler *scheduler, const struct agent_known *agent)
{
    struct stream_held held[STREAM_HELD_MAX];
    struct stream stream;
    struct problem problem;
    size_t index, bytes;
    streams_taken(scheduler->records, agent->agent, &stream);
    for (;;) {
        size_t n = streams_held(scheduler->records, agent->agent, held);
        enum stream_step step = stream_choose(&stream, held, n, clock_wall_ms(), &index);
        if (step == STREAM_WAIT)
            return;
        struct envelope_opened opened;
        void *envelope = streams_release(scheduler->records, agent->agent, held[index].place, &bytes);
        if (step == STREAM_DEAL && !open_envelope(scheduler, agent, envelope, bytes, &opened, &problem)) {
            if (deal_in_turn(scheduler, agent->agent, &stream, &opened, &problem))
                log_problem(LOG_LEVEL_ERROR, "envelope.lost", &problem);
            envelope_opened_free(&opened);
        }
        free(envelope);
    }
}

/* The usual case: it is the next one, and nothing waits for it. */
static int take_opened(struct scheduler *scheduler, const struct agent_known *agent,
    const struct envelope_opened *opened, const void *data, size_t bytes, struct problem *problem)
{
    struct stream_held held[STREAM_HELD_MAX] = { { opened->place, clock_wall_ms() } };
    struct stream stream;
    size_t index;
    streams_taken(scheduler->records, agent->agent, &stream);
    switch (stream_choose(&stream, held, 1, held[0].since_ms, &index)) {
    case STREAM_DROP:
        return 0;
    case STREAM_DEAL:
        if (deal_in_turn(scheduler, agent->agent, &stream, opened, problem))
            return -1;
        break;
    case STREAM_WAIT:
        if (streams_held(scheduler->records, agent->agent, held) == STREAM_HELD_MAX)
            return problem_set(
                problem, "too-early", "", "%d envelopes of the agent wait for one before them", STREAM_HELD_MAX);
        streams_hold(scheduler->records, agent->agent, opened->place, clock_wall_ms(), data, bytes);
        break;
    }
    deal_held(scheduler, agent);
    return 0;
}

/* 0: it is dealt with or never will be; -1 + problem: ingest should keep it. */
static int take(struct scheduler *scheduler, uint32_t number, const void *data, size_t bytes, struct problem *problem)
{
    struct agent_known agent;
    struct envelope_opened opened;
    if (!agents_get(scheduler->records, number, &agent)) {
        roster_look(&scheduler->roster, number);
        return problem_set(problem, "later", "agent", "agent %u is not known yet", number);
    }
    if (!bus_outbox_has_room(scheduler->program.bus, CLASS_FLEET))
        return problem_set(problem, "later", "", "the log takes no entries now");
    if (open_envelope(scheduler, &agent, data, bytes, &opened, problem)) {
        if (!strcmp(problem->code, "no-trust"))
            return -1;
        scheduler->counts.envelopes_refused++;
        log_problem(LOG_LEVEL_WARNING, "envelope.refused", problem);
        return 0;
    }
    scheduler->counts.envelopes++;
    int error = take_opened(scheduler, &agent, &opened, data, bytes, problem);
    envelope_opened_free(&opened);
    return error;
}

static void answer(void *request)
{
    answer_envelope_take(request, &(struct call_envelope_take_reply){ 0 });
}

void serve_envelope_take(struct bus_request *request, const struct call_envelope_take *in)
{
    struct scheduler *scheduler = scheduler_of(request);
    struct problem problem;
    size_t length = strlen(in->envelope), bytes;
    void *data = malloc(length / 4 * 3 + 1);
    int error = 0;
    if (!data)
        error = problem_set(&problem, "later", "", "no memory");
    else if (crypto_unbase64(in->envelope, length, data, length / 4 * 3 + 1, &bytes))
        scheduler->counts.envelopes_refused++;
    else
        error = take(scheduler, in->agent, data, bytes, &problem);
    free(data);
    if (!error && records_then(scheduler->records, answer, request))
        error = problem_set(&problem, "later", "", "no memory");
    if (error)
        bus_refuse(request, &problem);
}

void returns_tick(struct scheduler *scheduler)
{
    struct agent_known agent;
    uint32_t after = 0;
    for (int i = 0; i < GAPS_A_TICK; i++) {
        after = streams_waiting(scheduler->records, clock_wall_ms() - STREAM_GAP_MS, after);
        if (!after)
            return;
        if (agents_get(scheduler->records, after, &agent))
            deal_held(scheduler, &agent);
    }
}
