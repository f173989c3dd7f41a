#include "lib/signed/trust.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

#define ORIGIN "http://localhost"

static int bad(struct problem *problem, const char *member, const char *reason)
{
    return problem_set(problem, "bad-trust", member, "%s", reason);
}

/* Only vedette itself serves the page on which a passkey signs, on the signer's own machine: any other page would
 * belong to whoever holds its server. */
static bool is_own_page(const struct document_key *key)
{
    const char *behind = key->origin ? key->origin + strlen(ORIGIN) : NULL;
    return key->rp_id && !strcmp(key->rp_id, "localhost") && behind && !strncmp(key->origin, ORIGIN, strlen(ORIGIN)) &&
           (!*behind || (*behind == ':' && behind[1] && !behind[1 + strspn(behind + 1, "0123456789")]));
}

static int read_key(const struct document_key *said, size_t person, struct trust_key *ret, struct problem *problem)
{
    struct trust_key key = { .type = (enum key_type)said->type, .person = person };
    if (key.type != KEY_TYPE_WEBAUTHN && (said->rp_id || said->origin))
        return bad(problem, "people", "only a passkey has rp_id and origin");
    if (key.type == KEY_TYPE_WEBAUTHN && !is_own_page(said))
        return bad(
            problem, "people", "a passkey signs on " ORIGIN ":<port> for localhost, which is vedette's own page");
    int error = key.type == KEY_TYPE_SSH ? ssh_key_read(said->public_key, &key.ssh, problem)
                                         : key_read_text(said->public_key, &key.ssh.key, problem);
    if (error)
        return -1;
    key.rp_id = said->rp_id;
    key.origin = said->origin;
    *ret = key;
    return 0;
}

/* A key may be listed once only, in whatever form and under whichever name: otherwise it would count as two signers. */
static int add_key(struct trust *trust, const struct document_key *said, size_t person, struct problem *problem)
{
    struct trust_key *place = &trust->keys[trust->n_keys];
    if (read_key(said, person, place, problem))
        return -1;
    bool known = trust_find(trust, place->ssh.key.keyid);
    trust->n_keys++;
    return known ? bad(problem, "people", "a key stands twice: it belongs to one person, and the status key to nobody")
                 : 0;
}

static int read_people(struct trust *trust, struct problem *problem)
{
    const struct document_trust *body = trust->body;
    size_t n_keys = 1;
    for (size_t i = 0; i < body->n_people; i++)
        n_keys += body->people[i].n_keys;
    trust->keys = calloc(n_keys, sizeof(*trust->keys));
    if (!trust->keys)
        return problem_set(problem, "no-memory", "", "no memory for a trust file");
    for (size_t i = 0; i < body->n_people; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!strcmp(body->people[i].name, body->people[j].name))
                return bad(problem, "people", "a person stands twice");
        }
        for (size_t j = 0; j < body->people[i].n_keys; j++) {
            if (add_key(trust, &body->people[i].keys[j], i, problem))
                return -1;
        }
    }
    return add_key(trust, body->status_key, TRUST_PEOPLE, problem);
}

static int read_thresholds(struct trust *trust, struct problem *problem)
{
    const struct document_trust *body = trust->body;
    for (size_t i = 0; i < body->n_thresholds; i++) {
        const struct document_least *least = &body->thresholds[i];
        if (kind_rows[least->kind].signed_by != BY_THRESHOLD || trust->thresholds[least->kind])
            return bad(problem, "thresholds", "a kind stands twice, or is one that always takes one signature");
        if (least->signers > body->n_people)
            return bad(problem, "thresholds", "a kind wants more people than there are");
        trust->thresholds[least->kind] = least->signers;
    }
    /* Whoever may change the trust file or the agent itself may do all the rest. */
    unsigned trust_wants = trust->thresholds[DOCUMENT_KIND_TRUST],
             update_wants = trust->thresholds[DOCUMENT_KIND_UPDATE];
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        if (!trust_wants || trust_wants < trust->thresholds[kind] || (update_wants && update_wants < trust_wants))
            return bad(
                problem, "thresholds", "trust, and update if it is there, want at least as many people as any other");
    }
    return 0;
}

static int read_logs(const struct trust *trust, struct problem *problem)
{
    const struct document_trust *body = trust->body;
    struct tlog_policy policy = { .quorum = body->quorum, .witness_count = body->n_witnesses };
    for (size_t i = 0; i < body->n_witnesses; i++) {
        if (tlog_vkey_parse(body->witnesses[i], &policy.witnesses[i], problem))
            return -1;
    }
    for (size_t i = 0; i < body->n_logs; i++) {
        if (tlog_vkey_parse(body->logs[i].vkey, &policy.log, problem) || tlog_policy_check(&policy, problem))
            return -1;
    }
    return 0;
}

static int check_rest(const struct trust *trust, struct problem *problem)
{
    const struct document_trust *body = trust->body;
    unsigned seen = 0;
    if ((body->head.version == 1) != !body->previous)
        return bad(problem, "previous", "each version but the first names the one before");
    for (size_t i = 0; i < body->n_services; i++) {
        if (seen & 1u << body->services[i].service)
            return bad(problem, "services", "a service stands twice");
        seen |= 1u << body->services[i].service;
    }
    return 0;
}

struct trust *trust_read(const struct dsse *dsse, struct problem *problem)
{
    struct trust *trust = calloc(1, sizeof(*trust));
    if (!trust) {
        problem_set(problem, "no-memory", "", "no memory for a trust file");
        return NULL;
    }
    memcpy(trust->sha256, dsse->sha256, SHA256_BYTES);
    int error = dsse->kind == DOCUMENT_KIND_TRUST ? document_parse(dsse, &trust->document, problem)
                                                  : bad(problem, "kind", "this is no trust file");
    trust->body = &trust->document.body.trust;
    if (error || read_people(trust, problem) || read_thresholds(trust, problem) || read_logs(trust, problem) ||
        check_rest(trust, problem)) {
        trust_free(trust);
        return NULL;
    }
    return trust;
}

void trust_free(struct trust *trust)
{
    if (!trust)
        return;
    for (size_t i = 0; i < trust->n_keys; i++)
        key_free(&trust->keys[i].ssh.key);
    free(trust->keys);
    document_free(&trust->document);
    free(trust);
}

const struct trust_key *trust_find(const struct trust *trust, const char *keyid)
{
    for (size_t i = 0; i < trust->n_keys; i++) {
        if (!strcmp(trust->keys[i].ssh.key.keyid, keyid))
            return &trust->keys[i];
    }
    return NULL;
}

const char *trust_person(const struct trust *trust, const struct trust_key *key)
{
    return key->person < trust->body->n_people ? trust->body->people[key->person].name : "status key";
}

int trust_log(const struct trust *trust, enum class class, size_t i, struct tlog_policy *ret)
{
    const struct document_trust *body = trust->body;
    for (size_t at = 0; at < body->n_logs; at++) {
        if (body->logs[at].class != (int)class || i--)
            continue;
        *ret = (struct tlog_policy){ .quorum = body->quorum, .witness_count = body->n_witnesses };
        for (size_t w = 0; w < body->n_witnesses; w++)
            tlog_vkey_parse(body->witnesses[w], &ret->witnesses[w], NULL);
        return tlog_vkey_parse(body->logs[at].vkey, &ret->log, NULL);
    }
    return -1;
}

const struct document_sealing *trust_service(const struct trust *trust, enum addressee service)
{
    for (size_t i = 0; i < trust->body->n_services; i++) {
        if (trust->body->services[i].service == (int)service)
            return &trust->body->services[i];
    }
    return NULL;
}
