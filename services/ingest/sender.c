#include "services/ingest/sender.h"

#include "lib/beat.h"
#include "services/ingest/ingest.h"

static int check_known(const struct ingest *ingest, uint32_t agent, struct problem *problem)
{
    if (agent > ingest->hot.highest)
        return problem_set(problem, "unknown-agent", "agent", "there is no agent %u", agent);
    if (presence_truth(ingest->hot.pulse[agent].state) == STATE_RETIRED)
        return problem_set(problem, "retired", "agent", "agent %u has been retired", agent);
    return 0;
}

int sender_key(struct ingest *ingest, uint32_t agent, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    uint8_t secret[SECRET_BYTES];
    if (check_known(ingest, agent, problem) || registry_secret(&ingest->registry, agent, secret, problem))
        return -1;
    crypto_hkdf(secret, CARRY_KEY_LABEL, ret, SECRET_BYTES);
    crypto_forget(secret, sizeof(secret));
    return 0;
}

int sender_check(
    struct ingest *ingest, uint32_t agent, const char *body, size_t bytes, const char *mac, struct problem *problem)
{
    uint8_t key[SECRET_BYTES], expected[SHA256_BYTES], given[SHA256_BYTES];
    if (check_known(ingest, agent, problem))
        return -1;
    if (!mac || crypto_unhex(mac, given, sizeof(given)))
        return problem_set(problem, "bad-mac", "Vedette-MAC", "Vedette-MAC must be 64 hexadecimal digits");
    if (sender_key(ingest, agent, key, problem))
        return -1;
    crypto_hmac_sha256(key, sizeof(key), body, bytes, expected);
    bool same = crypto_equal(expected, given, sizeof(given));
    crypto_forget(key, sizeof(key));
    return same ? 0
                : problem_set(problem, "bad-mac", "Vedette-MAC", "the request was not made with this agent's secret");
}
