/* From one trust file to the next. */
#include <string.h>

#include "lib/problem.h"
#include "lib/signed/verify.h"

struct trust *trust_open(const char *envelope, struct problem *problem)
{
    struct dsse dsse;
    if (dsse_parse(envelope, strlen(envelope), &dsse, problem))
        return NULL;
    struct trust *trust = trust_read(&dsse, problem);
    dsse_free(&dsse);
    return trust;
}

struct trust *trust_pin(const char *text, size_t bytes, const uint8_t sha256[SHA256_BYTES], struct problem *problem)
{
    struct dsse dsse;
    struct signers signers;
    struct trust *trust = NULL;
    if (dsse_parse(text, bytes, &dsse, problem))
        return NULL;
    if (memcmp(dsse.sha256, sha256, SHA256_BYTES))
        problem_set(problem, "other-trust", "", "this trust file has not the SHA-256 that was given");
    else
        trust = trust_read(&dsse, problem);
    /* Its people show that they have their keys before anybody depends on them. */
    if (trust && verify_signers(&dsse, trust, TRUST_NONE_REVOKED, &signers, problem)) {
        trust_free(trust);
        trust = NULL;
    }
    dsse_free(&dsse);
    return trust;
}

struct trust *trust_first(const char *envelope, struct problem *problem)
{
    struct dsse dsse;
    size_t bytes = strlen(envelope);
    if (dsse_parse(envelope, bytes, &dsse, problem))
        return NULL;
    struct trust *trust = trust_pin(envelope, bytes, dsse.sha256, problem);
    dsse_free(&dsse);
    return trust;
}

/* Nothing of the new one is believed yet but what it says of itself. */
static int check_order(const struct trust *old, const struct trust *new, struct problem *problem)
{
    char hash[HEX_BYTES(SHA256_BYTES)];
    uint32_t have = old->body->head.version, version = new->body->head.version;
    crypto_hex(old->sha256, sizeof(old->sha256), hash);
    if (strcmp(old->body->head.deployment, new->body->head.deployment))
        return problem_set(problem, "other-deployment", "", "the trust file is of another deployment");
    if (!memcmp(old->sha256, new->sha256, SHA256_BYTES))
        return problem_set(problem, "same-version", "", "this is the trust file that is here, version %u", have);
    if (version <= have)
        return problem_set(problem, "old-version", "", "the trust file has version %u, and %u is here", version, have);
    if (version > have + 1)
        return problem_set(
            problem, "missing-version", "", "versions %u to %u of the trust file are missing", have + 1, version - 1);
    if (!new->body->previous || strcmp(new->body->previous, hash))
        return problem_set(
            problem, "fork", "", "version %u of the trust file follows another version %u than is here", version, have);
    return 0;
}

struct trust_revoked trust_revoked_by(const struct document *revocation)
{
    return (struct trust_revoked){ revocation->json ? &revocation->body.revocation : NULL };
}

struct trust *trust_follow(
    const struct trust *old, struct trust_revoked revoked, const char *text, size_t bytes, struct problem *problem)
{
    struct dsse dsse;
    struct signers signers;
    if (dsse_parse(text, bytes, &dsse, problem))
        return NULL;
    struct trust *new = trust_read(&dsse, problem);
    if (new && (check_order(old, new, problem) || verify_signers(&dsse, old, revoked, &signers, problem) ||
                   verify_signers(&dsse, new, revoked, &signers, problem))) {
        trust_free(new);
        new = NULL;
    }
    dsse_free(&dsse);
    return new;
}

/* The next line that is not empty. */
static bool next_line(const char **at, const char *end, const char **ret, size_t *ret_bytes)
{
    while (*at < end && **at == '\n')
        ++*at;
    const char *stop = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    *ret = *at;
    *ret_bytes = (size_t)((stop ? stop : end) - *at);
    *at += *ret_bytes;
    return *ret_bytes > 0;
}

struct trust *trust_history_from_pin(
    const char *chain, size_t bytes, const uint8_t sha256[SHA256_BYTES], struct problem *problem)
{
    const char *at = chain, *end = chain + bytes, *line;
    struct trust *trust = NULL;
    size_t length;
    problem_set(problem, "other-trust", "", "no version of the trust file has the SHA-256 that was given");
    while (next_line(&at, end, &line, &length)) {
        struct problem why = { .code = "" };
        struct trust *next =
            trust ? trust_follow(trust, TRUST_NONE_REVOKED, line, length, &why) : trust_pin(line, length, sha256, &why);
        if (!next && (trust || strcmp(why.code, "other-trust"))) {
            if (problem)
                *problem = why;
            trust_free(trust);
            return NULL;
        }
        if (next) {
            trust_free(trust);
            trust = next;
        }
    }
    return trust;
}
