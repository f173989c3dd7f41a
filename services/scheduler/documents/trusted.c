#include "services/scheduler/documents/trusted.h"

#include "lib/log.h"
#include "services/scheduler/documents/chain.h"
#include "services/scheduler/scheduler.h"

#define DEADLINE_MS 10000

int trusted_open(struct scheduler *scheduler, struct problem *problem)
{
    char *trust = chain_newest(scheduler->records), *revocation = chain_revocation(scheduler->records);
    int error = own_trust_open(&scheduler->trusted.own, ADDRESSEE_SCHEDULER, trust, revocation, problem);
    free(trust);
    free(revocation);
    return error;
}

void trusted_named_by(const char *text, char ret[FINGERPRINT_HEX_BYTES])
{
    struct trust *trust = trust_open(text, NULL);
    *ret = '\0';
    if (trust)
        own_keys_named(trust, ADDRESSEE_SCHEDULER, ret);
    trust_free(trust);
}

int trusted_verify(const struct trusted *trusted, const struct dsse *dsse, struct signers *ret, struct problem *problem)
{
    if (!trusted->own.newest)
        return problem_set(
            problem, "no-trust", "", "there is no trust file yet: `vedette trust init`, on another machine");
    return verify_signers(dsse, trusted->own.newest, own_trust_revoked(&trusted->own), ret, problem);
}

void trusted_names(const struct trusted *trusted, const struct signers *signers, char *ret_signers, size_t signers_room,
    char *ret_may_sign, size_t may_sign_room)
{
    size_t n = trusted->own.newest->body->n_people;
    const struct signers others = {
        .people = ~signers->people & (n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX),
    };
    signers_text(signers, trusted->own.newest, ret_signers, signers_room);
    signers_text(&others, trusted->own.newest, ret_may_sign, may_sign_room);
}

int trusted_follow(struct scheduler *scheduler, const char *text, struct problem *problem)
{
    struct trusted *trusted = &scheduler->trusted;
    /* It may name a key that was made since we began. */
    if (own_keys_load(&scheduler->own_keys, scheduler->program.name, problem))
        return -1;
    if (own_trust_follow(&trusted->own, text, problem))
        return -1;
    chain_add(scheduler->records, trusted->own.newest, text);
    return 0;
}

void trusted_revoke(struct scheduler *scheduler, const char *text)
{
    struct document document;
    struct problem problem;
    if (document_open_kind(text, DOCUMENT_KIND_REVOCATION, &document, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "revocation.not-read", &problem);
        return;
    }
    own_trust_revoke(&scheduler->trusted.own, &document);
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
    if (!trusted->own.newest || trusted->keeping || trusted->kept >= trusted->own.newest->body->head.version)
        return;
    if (!trusted->kept)
        trusted->kept = chain_first(scheduler->records) - 1;
    char *text = chain_get(scheduler->records, trusted->kept + 1);
    const struct call_trust_keep request = { .trust_version = trusted->kept + 1, .dsse = text };
    trusted->keeping = true;
    ask_trust_keep(scheduler->program.bus, NULL, &request, DEADLINE_MS, kept, scheduler);
    free(text);
}
