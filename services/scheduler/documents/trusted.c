#include "services/scheduler/documents/trusted.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "services/scheduler/documents/chain.h"
#include "services/scheduler/scheduler.h"

#define DEADLINE_MS 10000

int trusted_open(struct scheduler *scheduler, struct problem *problem)
{
    struct trusted *trusted = &scheduler->trusted;
    char *trust = chain_newest(scheduler->records), *revocation = chain_revocation(scheduler->records);
    int error = 0;
    if (trust) {
        trusted->newest = trust_open(trust, problem);
        error = trusted->newest ? 0 : -1;
    }
    if (trusted->newest)
        own_keys_named(trusted->newest, ADDRESSEE_SCHEDULER, trusted->sign_key);
    if (!error && revocation)
        error = document_open(revocation, &trusted->revocation, problem);
    free(trust);
    free(revocation);
    return error;
}

void trusted_close(struct trusted *trusted)
{
    trust_free(trusted->newest);
    if (trusted->revocation.json)
        document_free(&trusted->revocation);
}

const char *trusted_deployment(const struct trusted *trusted)
{
    return trusted->newest ? trusted->newest->body->head.deployment : NULL;
}

const struct document_sealing *trusted_sealing(const struct trusted *trusted)
{
    return trusted->newest ? trust_service(trusted->newest, ADDRESSEE_SCHEDULER) : NULL;
}

void trusted_named_by(const char *text, char ret[FINGERPRINT_HEX_BYTES])
{
    struct trust *trust = trust_open(text, NULL);
    *ret = '\0';
    if (trust)
        own_keys_named(trust, ADDRESSEE_SCHEDULER, ret);
    trust_free(trust);
}

static const struct document_revocation *revoked(const struct trusted *trusted)
{
    return trusted->revocation.json ? &trusted->revocation.body.revocation : NULL;
}

int trusted_verify(const struct trusted *trusted, const struct dsse *dsse, struct signers *ret, struct problem *problem)
{
    if (!trusted->newest)
        return problem_set(
            problem, "no-trust", "", "there is no trust file yet: `vedette trust init`, on another machine");
    return verify_signers(dsse, trusted->newest, revoked(trusted), ret, problem);
}

void trusted_names(const struct trusted *trusted, const struct signers *signers, char *ret_signers, size_t signers_room,
    char *ret_may_sign, size_t may_sign_room)
{
    size_t n = trusted->newest->body->n_people;
    const struct signers others = {
        .people = ~signers->people & (n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX),
    };
    signers_text(signers, trusted->newest, ret_signers, signers_room);
    signers_text(&others, trusted->newest, ret_may_sign, may_sign_room);
}

int trusted_follow(struct scheduler *scheduler, const char *text, struct problem *problem)
{
    struct trusted *trusted = &scheduler->trusted;
    /* It may name a key that was made since we began. */
    if (own_keys_load(&scheduler->own_keys, scheduler->program.name, problem))
        return -1;
    struct trust *next = trusted->newest ? trust_follow(trusted->newest, revoked(trusted), text, strlen(text), problem)
                                         : trust_first(text, problem);
    if (!next)
        return -1;
    trust_free(trusted->newest);
    trusted->newest = next;
    own_keys_named(next, ADDRESSEE_SCHEDULER, trusted->sign_key);
    chain_add(scheduler->records, next, text);
    log_info("trust.followed", LOG_INT("version", next->body->head.version));
    return 0;
}

void trusted_revoke(struct scheduler *scheduler, const char *text)
{
    struct trusted *trusted = &scheduler->trusted;
    struct document document;
    struct problem problem;
    if (document_open(text, &document, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "revocation.not-read", &problem);
        return;
    }
    if (trusted->revocation.json)
        document_free(&trusted->revocation);
    trusted->revocation = document;
}

static void kept(void *arg, const struct problem *refused, const void *reply)
{
    struct scheduler *scheduler = arg;
    (void)reply;
    scheduler->trusted.keeping = false;
    if (refused) {
        log_problem(LOG_LEVEL_WARNING, "trust.not-kept", refused);
        return;
    }
    scheduler->trusted.kept++;
    trusted_keep(scheduler);
}

void trusted_keep(struct scheduler *scheduler)
{
    struct trusted *trusted = &scheduler->trusted;
    if (!trusted->newest || trusted->keeping || trusted->kept >= trusted->newest->body->head.version)
        return;
    if (!trusted->kept)
        trusted->kept = chain_first(scheduler->records) - 1;
    char *text = chain_get(scheduler->records, trusted->kept + 1);
    const struct call_trust_keep request = { .trust_version = trusted->kept + 1, .dsse = text };
    trusted->keeping = true;
    ask_trust_keep(scheduler->program.bus, NULL, &request, DEADLINE_MS, kept, scheduler);
    free(text);
}
