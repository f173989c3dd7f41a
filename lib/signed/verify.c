#include "lib/signed/verify.h"

#include <stdio.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/signed/webauthn.h"

static int verify_assertion(const struct trust_key *key, const struct dsse *dsse,
    const struct dsse_signature *signature, struct problem *problem)
{
    struct assertion assertion;
    if (assertion_parse((const char *)signature->sig, signature->bytes, &assertion, problem))
        return -1;
    return assertion_verify(&assertion, &key->ssh.key, key->rp_id, key->origin, dsse->sha256, problem);
}

int verify_one(const struct trust_key *key, const struct dsse *dsse, const struct dsse_signature *signature,
    struct problem *problem)
{
    if (key->type == KEY_TYPE_WEBAUTHN)
        return verify_assertion(key, dsse, signature, problem);
    bool holds = key->type == KEY_TYPE_SSH
                     ? sshsig_holds(&key->ssh, dsse->pae, dsse->pae_bytes, signature->sig, signature->bytes)
                     : key_holds(&key->ssh.key, dsse->pae, dsse->pae_bytes, signature->sig, signature->bytes);
    return holds ? 0
                 : problem_set(
                       problem, "bad-signature", "", "the signature by key %.16s… does not hold", signature->keyid);
}

static bool is_revoked(struct trust_revoked revoked, const char *keyid)
{
    for (size_t i = 0; revoked.by && i < revoked.by->n_keys; i++) {
        if (!strcmp(revoked.by->keys[i], keyid))
            return true;
    }
    return false;
}

static unsigned threshold_of(const struct trust *trust, enum document_kind kind)
{
    return kind_rows[kind].signed_by == BY_THRESHOLD ? trust->thresholds[kind] : 1;
}

int verify_signers(const struct dsse *dsse, const struct trust *trust, struct trust_revoked revoked,
    struct signers *ret, struct problem *problem)
{
    struct signers signers = { .threshold = threshold_of(trust, dsse->kind) };
    bool by_status_key = kind_rows[dsse->kind].signed_by == BY_STATUS_KEY;
    if (!signers.threshold)
        return problem_set(problem, "unknown-kind", "", "the trust file lets nobody sign a document of kind %s",
            document_kind_words[dsse->kind]);
    for (size_t i = 0; i < dsse->n_signatures; i++) {
        const struct dsse_signature *signature = &dsse->signatures[i];
        const struct trust_key *key = trust_find(trust, signature->keyid);
        if (!key || is_revoked(revoked, signature->keyid) || (key->person == TRUST_PEOPLE) != by_status_key)
            continue;
        if (verify_one(key, dsse, signature, problem))
            return -1;
        /* The status key is no person, and alone. */
        uint64_t person = by_status_key ? 1 : UINT64_C(1) << key->person;
        signers.count += !(signers.people & person);
        signers.people |= person;
    }
    *ret = signers;
    if (signers.count < signers.threshold)
        return problem_set(problem, "too-few-signers", "", "%u of the %u people that it wants have signed",
            signers.count, signers.threshold);
    return 0;
}

void signers_text(const struct signers *signers, const struct trust *trust, char *ret, size_t room)
{
    size_t length = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < trust->body->n_people; i++) {
        const char *name = trust->body->people[i].name;
        if (signers->people & UINT64_C(1) << i && length + strlen(name) + 3 < room)
            length += (size_t)snprintf(ret + length, room - length, "%s%s", length ? ", " : "", name);
    }
}
