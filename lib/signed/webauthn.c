#include "lib/signed/webauthn.h"

#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"

#define LEAST_DATA_BYTES 37 /* rpIdHash, flags, counter: WebAuthn §6.1 */
#define FLAGS_AT 32
#define USER_PRESENT 0x01
#define USER_VERIFIED 0x04

static int bad(struct problem *problem, const char *reason)
{
    return problem_set(problem, "bad-signature", "", "%s", reason);
}

static int take(const json_t *json, const char *name, void *ret, size_t room, size_t *ret_bytes)
{
    const json_t *value = json_object_get(json, name);
    return json_is_string(value)
               ? crypto_unbase64url(json_string_value(value), json_string_length(value), ret, room, ret_bytes)
               : -1;
}

int assertion_parse(const char *text, size_t bytes, struct assertion *ret, struct problem *problem)
{
    struct assertion assertion = { 0 };
    json_t *json = message_parse(text, bytes, NULL);
    int error = !json || json_object_size(json) != 3 ||
                take(json, "authenticatorData", assertion.data, sizeof(assertion.data), &assertion.data_bytes) ||
                take(json, "clientDataJSON", assertion.words, WEBAUTHN_WORDS_BYTES, &assertion.words_bytes) ||
                take(json, "signature", assertion.signature, sizeof(assertion.signature), &assertion.signature_bytes);
    json_decref(json);
    if (error)
        return bad(problem, "the signature is not {authenticatorData, clientDataJSON, signature} in base64url");
    *ret = assertion;
    return 0;
}

static bool says(const json_t *words, const char *name, const char *what)
{
    const char *said = json_string_value(json_object_get(words, name));
    return said && !strcmp(said, what);
}

static int check_words(
    const json_t *words, const char *origin, const uint8_t challenge[SHA256_BYTES], struct problem *problem)
{
    char wanted[BASE64_BYTES(SHA256_BYTES)];
    crypto_base64url(challenge, SHA256_BYTES, wanted);
    if (!says(words, "type", "webauthn.get"))
        return bad(problem, "the passkey was not asked to sign (webauthn.get)");
    if (!says(words, "challenge", wanted))
        return bad(problem, "the passkey signed something else: the challenge is not this document's SHA-256");
    if (!says(words, "origin", origin))
        return bad(problem, "the passkey signed on another page than the trust file names");
    if (json_is_true(json_object_get(words, "crossOrigin")) || json_object_get(words, "topOrigin"))
        return bad(problem, "the passkey signed on a page within another");
    return 0;
}

static int check_data(const struct assertion *assertion, const char *rp_id, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(rp_id, strlen(rp_id), hash);
    if (assertion->data_bytes < LEAST_DATA_BYTES || memcmp(assertion->data, hash, sizeof(hash)))
        return bad(problem, "the passkey signed for another relying party than the trust file names");
    uint8_t flags = assertion->data[FLAGS_AT];
    if (!(flags & USER_PRESENT) || !(flags & USER_VERIFIED))
        return bad(problem, "the passkey signed without a touch, or without a PIN or the like");
    return 0;
}

int assertion_verify(const struct assertion *assertion, const struct public_key *key, const char *rp_id,
    const char *origin, const uint8_t challenge[SHA256_BYTES], struct problem *problem)
{
    uint8_t message[WEBAUTHN_DATA_BYTES + SHA256_BYTES];
    json_t *words = message_parse(assertion->words, assertion->words_bytes, problem);
    int error = words ? check_words(words, origin, challenge, problem) : bad(problem, "clientDataJSON is no JSON");
    json_decref(words);
    if (error || check_data(assertion, rp_id, problem))
        return -1;
    memcpy(message, assertion->data, assertion->data_bytes);
    crypto_sha256(assertion->words, assertion->words_bytes, message + assertion->data_bytes);
    if (!key_holds(
            key, message, assertion->data_bytes + SHA256_BYTES, assertion->signature, assertion->signature_bytes))
        return bad(problem, "the passkey's signature does not hold");
    return 0;
}
