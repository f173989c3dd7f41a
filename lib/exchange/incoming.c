#include "lib/exchange/incoming.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/envelope/envelope.h"
#include "lib/exchange/agents.h"
#include "lib/exchange/own_keys.h"
#include "lib/exchange/roster.h"
#include "lib/exchange/streams.h"
#include "lib/log.h"

#define GAPS_A_TICK 100

void incoming_start(struct incoming *incoming, const struct incoming_owner *owner)
{
    *incoming = (struct incoming){ .owner = *owner };
}

void incoming_close(struct incoming *incoming)
{
    for (size_t i = 0; i < INCOMING_SENDERS; i++)
        envelope_key_free(incoming->senders[i]);
    budget_free(&incoming->budget);
}

/* The agent that ingest names as the sender. Whether that is true, the envelope's signature will show. */
struct sender {
    struct incoming *incoming;
    const struct agent_known *agent;
};

static const struct envelope_key *signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    const struct sender *sender = arg;
    struct envelope_key **key = &sender->incoming->senders[sender->agent->agent % INCOMING_SENDERS];
    const char *text = agents_sign_key(sender->agent, fingerprint);
    if (!text)
        return NULL;
    if (!*key || strcmp(envelope_key_fingerprint(*key), fingerprint)) {
        envelope_key_free(*key);
        *key = envelope_key_public(text, NULL);
    }
    *ret_peer = 0;
    return *key;
}

static int open_with(struct incoming *incoming, const struct agent_known *agent, const void *data, size_t bytes,
    struct envelope_opened *ret, struct problem *problem)
{
    struct sender sender = { incoming, agent };
    const struct envelope_reader reader = {
        .deployment = incoming->owner.deployment(incoming->owner.arg),
        .peer = incoming->owner.peer,
        .own = (const struct envelope_key *const *)incoming->owner.own->seal,
        .n_own = incoming->owner.own->n_seal,
        .signer = signer,
        .arg = &sender,
    };
    if (!reader.deployment)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    if (envelope_open(&reader, data, bytes, ret, problem))
        return -1;
    if (agents_may_sign(agent, ret->from, ret->place))
        return 0;
    envelope_opened_free(ret);
    return problem_set(problem, "unknown-sender", "from", "agent %u signs by another key since", agent->agent);
}

/* An agent may follow the trust file before we do, and seal for a key that was made since we began. */
static int open_envelope(struct incoming *incoming, const struct agent_known *agent, const void *data, size_t bytes,
    struct envelope_opened *ret, struct problem *problem)
{
    const struct incoming_owner *owner = &incoming->owner;
    int error = open_with(incoming, agent, data, bytes, ret, problem);
    if (error && problem_is(problem, "wrong-recipient") && !own_keys_load(owner->own, owner->folder, problem))
        error = open_with(incoming, agent, data, bytes, ret, problem);
    if (error && problem_is(problem, "no-memory")) /* nobody knows what it says: it comes again */
        records_fail(problem);
    return error;
}

static uint64_t outbox_bytes(const struct incoming *incoming)
{
    struct bus_outbox_state state;
    bus_outbox_state(incoming->owner.bus, &state);
    return state.waiting_bytes;
}

/* The agent pays for what its envelope adds to the log, also for a part of it. */
static int deal(
    struct incoming *incoming, uint32_t agent, const struct envelope_opened *opened, struct problem *problem)
{
    uint64_t before = outbox_bytes(incoming);
    int error = incoming->owner.deal(incoming->owner.arg, agent, opened, problem);
    budget_spend(&incoming->budget, agent, outbox_bytes(incoming) - before, clock_mono_ms());
    return error;
}

static int deal_in_turn(struct incoming *incoming, const struct agent_known *known, struct stream *stream,
    const struct envelope_opened *opened, struct problem *problem)
{
    uint32_t agent = known->agent;
    if (deal(incoming, agent, opened, problem))
        return -1;
    agents_signed(incoming->owner.records, known, opened->from, opened->place);
    uint64_t skipped = stream_dealt(stream, opened->place);
    if (skipped)
        log_warning("envelopes.skipped", LOG_INT("agent", agent), LOG_INT("count", skipped));
    streams_set_taken(incoming->owner.records, agent, stream);
    return 0;
}

/* What was held back, as far as its turn has come and the agent's budget goes; each by the keys that are known then. */
static void deal_held(struct incoming *incoming, uint32_t number)
{
    struct records *records = incoming->owner.records;
    struct stream_held held[STREAM_HELD_MAX];
    struct stream stream;
    struct agent_known agent;
    struct problem problem;
    size_t index, bytes;
    streams_taken(records, number, &stream);
    while (agents_get(records, number, &agent) && budget_has(&incoming->budget, number, clock_mono_ms())) {
        size_t n = streams_held(records, number, held);
        enum stream_step step = stream_choose(&stream, held, n, clock_wall_ms(), &index);
        if (step == STREAM_WAIT)
            return;
        struct envelope_opened opened;
        void *envelope = streams_release(records, number, held[index].place, &bytes);
        if (step == STREAM_DEAL && !open_envelope(incoming, &agent, envelope, bytes, &opened, &problem)) {
            if (deal_in_turn(incoming, &agent, &stream, &opened, &problem))
                log_problem(LOG_LEVEL_ERROR, "envelope.lost", &problem);
            envelope_opened_free(&opened);
        }
        free(envelope);
    }
}

/* The usual case: it is the next one, and nothing waits for it. */
static int take_opened(struct incoming *incoming, const struct agent_known *agent, const struct envelope_opened *opened,
    const void *data, size_t bytes, struct problem *problem)
{
    struct records *records = incoming->owner.records;
    struct stream_held held[STREAM_HELD_MAX] = { { opened->place, clock_wall_ms() } };
    struct stream stream;
    size_t index;
    streams_taken(records, agent->agent, &stream);
    switch (stream_choose(&stream, held, 1, held[0].since_ms, &index)) {
    case STREAM_DROP:
        return 0;
    case STREAM_DEAL:
        if (deal_in_turn(incoming, agent, &stream, opened, problem))
            return -1;
        break;
    case STREAM_WAIT:
        if (streams_held(records, agent->agent, held) == STREAM_HELD_MAX) {
            deal_held(incoming, agent->agent); /* some may have waited for nothing but the budget */
            return problem_set(
                problem, "too-early", "agent", "%d envelopes of the agent wait for one before them", STREAM_HELD_MAX);
        }
        streams_hold(records, agent->agent, opened->place, clock_wall_ms(), data, bytes);
        break;
    }
    deal_held(incoming, agent->agent);
    return 0;
}

/* 0: it is dealt with or never will be; -1 + problem: ingest should keep it, and if the field is "agent" go on with
 * those of others. */
static int take(struct incoming *incoming, uint32_t number, const void *data, size_t bytes, struct problem *problem)
{
    struct agent_known agent;
    struct envelope_opened opened;
    if (!agents_get(incoming->owner.records, number, &agent)) {
        roster_look(incoming->owner.roster, number);
        return problem_set(problem, "later", "agent", "agent %u is not known yet", number);
    }
    if (!budget_has(&incoming->budget, number, clock_mono_ms())) {
        incoming->put_off++;
        return problem_set(problem, "slow-down", "agent", "agent %u says more than its share", number);
    }
    if (!bus_outbox_has_room(incoming->owner.bus, CLASS_FLEET))
        return problem_set(problem, "later", "", "the log takes no entries now");
    budget_spend(&incoming->budget, number, BUDGET_ENVELOPE_BYTES, clock_mono_ms());
    if (open_envelope(incoming, &agent, data, bytes, &opened, problem)) {
        if (!strcmp(problem->code, "no-trust"))
            return -1;
        incoming->refused++;
        log_problem(LOG_LEVEL_WARNING, "envelope.refused", problem);
        return 0;
    }
    incoming->opened++;
    int error = take_opened(incoming, &agent, &opened, data, bytes, problem);
    envelope_opened_free(&opened);
    return error;
}

void incoming_take(struct incoming *incoming, struct bus_request *request, uint32_t agent, const char *envelope,
    void (*answer)(void *request))
{
    struct problem problem;
    size_t length = strlen(envelope), bytes;
    void *data = malloc(length / 4 * 3 + 1);
    int error = 0;
    if (!data)
        error = problem_set(&problem, "later", "", "no memory");
    else if (crypto_unbase64(envelope, length, data, length / 4 * 3 + 1, &bytes))
        incoming->refused++;
    else
        error = take(incoming, agent, data, bytes, &problem);
    free(data);
    if (!error && records_then(incoming->owner.records, answer, request))
        error = problem_set(&problem, "later", "", "no memory");
    if (error)
        bus_refuse(request, &problem);
}

void incoming_tick(struct incoming *incoming)
{
    uint32_t after = 0;
    for (int i = 0; i < GAPS_A_TICK; i++) {
        after = streams_waiting(incoming->owner.records, clock_wall_ms() - STREAM_GAP_MS, after);
        if (!after)
            return;
        deal_held(incoming, after);
    }
}
