#include "lib/exchange/handover.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/exchange/agents.h"
#include "lib/exchange/streams.h"
#include "lib/log.h"
#include "lib/loop.h"

#define ON_THE_WAY_MAX 256 /* with ingest, not answered; a quarter of the calls that the bus remembers */
#define DEADLINE_MS 10000
#define BACKOFF_MS 500 /* doubled up to: */
#define BACKOFF_MAX_MS 15000
#define FULL_LIMIT_MS (INT64_C(7) * 86400000) /* a mailbox has room for a thousand envelopes: its agent is gone */

void handover_again(struct handover *handover, unsigned after_ms)
{
    loop_timer_set(handover->timer, after_ms ? (int64_t)after_ms * 1000 : 1);
}

static void due(void *arg)
{
    struct handover *handover = arg;
    handover->owner.turn(handover->owner.arg);
}

int handover_start(struct handover *handover, const struct handover_owner *owner, struct problem *problem)
{
    *handover = (struct handover){
        .owner = *owner, .backoff_ms = BACKOFF_MS, .full_until_ms = outgoing_full_until(owner->records)
    };
    /* Streams of before there was more than one key. */
    streams_adopt(owner->records, envelope_key_fingerprint(owner->own->sign[0]));
    handover->timer = loop_timer(owner->loop, due, handover);
    return handover->timer ? 0 : problem_errno(problem, "loop", "", "no timer for envelopes");
}

/* The key by which an agent knows us. One to whom nothing has gone knows the one that the newest trust file names, and
 * so does one whose own is not here any more, if anything. */
static const struct envelope_key *signer_for(struct handover *handover, uint32_t agent, struct problem *problem)
{
    const struct handover_owner *owner = &handover->owner;
    char signer[FINGERPRINT_HEX_BYTES];
    streams_signer(owner->records, agent, signer);
    const struct envelope_key *key = own_keys_sign(owner->own, signer);
    if (key)
        return key;
    key = own_keys_sign(owner->own, owner->named(owner->arg));
    if (key)
        streams_signed_by(owner->records, agent, envelope_key_fingerprint(key), clock_wall_ms());
    else
        problem_set(problem, "no-key", "", "the trust file names a key for us that we do not have");
    return key;
}

void handover_known_by(struct handover *handover, uint32_t agent, const char *fingerprint)
{
    const struct handover_owner *owner = &handover->owner;
    char signer[FINGERPRINT_HEX_BYTES];
    streams_signer(owner->records, agent, signer);
    if (*signer && strcmp(signer, fingerprint) && own_keys_sign(owner->own, fingerprint))
        streams_signed_by(owner->records, agent, fingerprint, clock_wall_ms());
}

static int seal(struct handover *handover, const struct agent_known *agent, enum envelope purpose, const void *message,
    struct buf *ret, struct problem *problem)
{
    const char *deployment = handover->owner.deployment(handover->owner.arg);
    if (!deployment)
        return problem_set(problem, "no-trust", "", "there is no trust file yet");
    const struct envelope_key *sign = signer_for(handover, agent->agent, problem);
    struct envelope_key *key = sign ? envelope_key_public(agent->seal_key, problem) : NULL;
    if (!key)
        return -1;
    const struct envelope_writer writer = { .deployment = deployment, .sign = sign, .seal = key };
    const struct stream_place place = streams_next(handover->owner.records, agent->agent, clock_wall_ms());
    int error = envelope_seal(&writer, purpose, place, message, ret, problem);
    envelope_key_free(key);
    return error;
}

int handover_send(struct handover *handover, uint32_t number, int64_t ticket, enum envelope purpose,
    const void *message, struct problem *problem)
{
    struct buf envelope = { 0 };
    struct agent_known agent;
    if (!agents_get(handover->owner.records, number, &agent))
        return problem_set(problem, "unknown-agent", "agent", "agent %u is not there any more", number);
    int error = seal(handover, &agent, purpose, message, &envelope, problem);
    if (!error) {
        outgoing_add(handover->owner.records, number, ticket, envelope.data, envelope.length);
        handover->sealed++;
    }
    buf_free(&envelope);
    return error;
}

struct handed {
    struct handover *handover;
    struct outgoing outgoing;
};

/* What never will be taken; all else is tried again. */
static bool is_final(const struct problem *refused)
{
    return !strcmp(refused->code, "unknown-agent") || !strcmp(refused->code, "retired") ||
           !strcmp(refused->code, "not-found");
}

static void put(struct handover *handover, const struct outgoing *outgoing)
{
    struct records *records = handover->owner.records;
    outgoing_forget(records, outgoing->number);
    handover->put++;
    handover->backoff_ms = BACKOFF_MS;
    handover->failing_since_ms = 0;
    if (handover->full_until_ms != INT64_MAX) {
        outgoing_not_full(records, outgoing->agent);
        handover->full_until_ms = outgoing_full_until(records);
    }
    handover->owner.put(handover->owner.arg, outgoing);
}

static void give_up(struct handover *handover, const struct outgoing *outgoing, const struct problem *refused)
{
    log_problem(LOG_LEVEL_WARNING, "delivery.given-up", refused);
    handover->given_up++;
    outgoing_forget(handover->owner.records, outgoing->number);
    handover->owner.lost(handover->owner.arg, outgoing, refused);
}

/* One agent's: the others go on. */
static void mailbox_full(struct handover *handover, const struct outgoing *outgoing, const struct problem *refused)
{
    struct records *records = handover->owner.records;
    int64_t now_ms = clock_wall_ms(), since_ms = outgoing_full(records, outgoing->agent, now_ms);
    if (since_ms == now_ms)
        log_warning("mailbox.full", LOG_INT("agent", outgoing->agent));
    if (now_ms - since_ms > FULL_LIMIT_MS)
        give_up(handover, outgoing, refused);
    handover->full_until_ms = outgoing_full_until(records);
}

static void not_put(struct handover *handover, const struct problem *refused)
{
    handover->failed = true;
    if (handover->failing_since_ms)
        return;
    handover->failing_since_ms = clock_mono_ms();
    log_problem(LOG_LEVEL_WARNING, "mailbox.not-put", refused);
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    struct handed *handed = arg;
    struct handover *handover = handed->handover;
    (void)reply;
    handover->on_the_way--;
    handover->put_failed += refused != NULL;
    if (!refused)
        put(handover, &handed->outgoing);
    else if (is_final(refused))
        give_up(handover, &handed->outgoing, refused);
    else if (!strcmp(refused->code, "mailbox-full"))
        mailbox_full(handover, &handed->outgoing, refused);
    else
        not_put(handover, refused);
    free(handed);
    handover_again(handover, 0);
}

static void hand_over(void *arg, const struct outgoing *outgoing, const void *envelope, size_t bytes)
{
    struct handover *handover = arg;
    struct handed *handed = malloc(sizeof(*handed));
    char *text = malloc(BASE64_BYTES(bytes));
    if (handed && text) {
        crypto_base64(envelope, bytes, text);
        *handed = (struct handed){ handover, *outgoing };
        const struct call_mailbox_put request = { .agent = outgoing->agent, .envelope = text };
        ask_mailbox_put(handover->owner.bus, NULL, &request, DEADLINE_MS, answered, handed);
        handover->on_the_way++;
        handover->asked = outgoing->number;
    } else {
        free(handed);
        handover->failed = true;
    }
    free(text);
}

/* Everything in `outgoing` is durable now. */
static void hand_over_some(void *arg)
{
    struct handover *handover = arg;
    if (!handover->failed && handover->on_the_way < ON_THE_WAY_MAX)
        outgoing_list(handover->owner.records, handover->asked, clock_wall_ms(), ON_THE_WAY_MAX - handover->on_the_way,
            hand_over, handover);
}

/* In their order from the first that ingest has not, once all that are on the way are answered. */
static void begin_anew(struct handover *handover)
{
    if (handover->on_the_way)
        return;
    handover->failed = false;
    handover->asked = 0;
    handover->not_before_ms = clock_mono_ms() + handover->backoff_ms;
    handover_again(handover, handover->backoff_ms);
    handover->backoff_ms = handover->backoff_ms * 2 < BACKOFF_MAX_MS ? handover->backoff_ms * 2 : BACKOFF_MAX_MS;
}

/* A mailbox that was full is tried again: what waits for it lies behind what was handed over since. */
static bool tries_full(struct handover *handover)
{
    if (clock_wall_ms() < handover->full_until_ms)
        return false;
    if (!handover->on_the_way) {
        handover->asked = 0;
        handover->full_until_ms = clock_wall_ms() + DEADLINE_MS; /* it has answered by then */
    }
    return handover->on_the_way > 0;
}

unsigned handover_room(struct handover *handover)
{
    if (handover->failed) {
        begin_anew(handover);
        return 0;
    }
    if (tries_full(handover) || handover->on_the_way >= ON_THE_WAY_MAX || clock_mono_ms() < handover->not_before_ms)
        return 0;
    return ON_THE_WAY_MAX - handover->on_the_way;
}

void handover_turn(struct handover *handover)
{
    if (records_then(handover->owner.records, hand_over_some, handover))
        handover_again(handover, BACKOFF_MS);
}
