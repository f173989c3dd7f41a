/* Who sends a request to the HTTPS side: proved by a MAC under the agent's carry key, over the whole body. */
#include "lib/beat.h"
#include "services/ingest/ingest.h"

int sender_check(struct ingest *ingest, uint32_t agent, const char *body, size_t bytes, const char *mac,
    struct problem *problem)
{
    uint8_t secret[SECRET_BYTES], key[SECRET_BYTES], expected[SHA256_BYTES], given[SHA256_BYTES];
    if (agent > ingest->hot.highest)
        return problem_set(problem, "unknown-agent", "agent", "there is no agent %u", agent);
    if (presence_truth(ingest->hot.pulse[agent].state) == STATE_RETIRED)
        return problem_set(problem, "retired", "agent", "agent %u has been retired", agent);
    if (!mac || crypto_unhex(mac, given, sizeof(given)))
        return problem_set(problem, "bad-mac", "Vedette-MAC", "Vedette-MAC must be 64 hexadecimal digits");
    if (registry_secret(&ingest->registry, agent, secret, problem))
        return -1;
    crypto_hkdf(secret, CARRY_KEY_LABEL, key, sizeof(key));
    crypto_hmac_sha256(key, sizeof(key), body, bytes, expected);
    bool same = crypto_equal(expected, given, sizeof(given));
    crypto_forget(secret, sizeof(secret));
    crypto_forget(key, sizeof(key));
    return same ? 0 : problem_set(problem, "bad-mac", "Vedette-MAC", "the request was not made with this agent's secret");
}
