/*
 * What a thief of the server does with keys: `forger` reads commands on standard input and answers them on standard
 * output, a line of JSON each; bytes stand in base64. tests/attack/forge.py makes documents, receipts and envelopes of it.
 *
 *   {"do":"key", "type":"ed25519"|"p256"}      a new pair: {"private":PEM, "public":SPKI, "keyid":HEX}
 *   {"do":"public", "key":PEM}                 the same of a key that is there
 *   {"do":"sign", "key":PEM, "data"}           {"bytes"}: as people sign documents and agents sign
 *   {"do":"sign-seed", "seed":HEX, "data"}     {"bytes", "public"}: as a log signs checkpoints
 *   {"do":"signed", "key":PEM, "data"}         {"bytes"}: the inner half of an envelope, with any content
 *   {"do":"sealed", "to":SPKI, "data"}         {"bytes"}: the outer half, around anything
 *   {"do":"opened", "key":PEM, "data"}         {"bytes"}: the inner half of an envelope for that key
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/envelope/private.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/key_file.h"

static const char *text_of(const json_t *command, const char *name)
{
    const char *text = json_string_value(json_object_get(command, name));
    return text ? text : "";
}

/* `data`, decoded. */
static int take_data(const json_t *command, struct buf *ret)
{
    const char *text = text_of(command, "data");
    size_t bytes;
    char *place = buf_reserve(ret, strlen(text) + 1);
    if (!place || crypto_unbase64(text, strlen(text), place, strlen(text) + 1, &bytes))
        return -1;
    ret->length += bytes;
    return 0;
}

static json_t *answer_bytes(const void *data, size_t bytes)
{
    char *text = malloc(BASE64_BYTES(bytes));
    crypto_base64(data, bytes, text);
    json_t *answer = json_pack("{s:s}", "bytes", text);
    free(text);
    return answer;
}

static json_t *describe(const struct signing_key *key)
{
    char public[SPKI_TEXT_BYTES], *pem = signing_key_private_pem(key, NULL);
    key_text(&key->public, public);
    json_t *answer = json_pack("{s:s, s:s, s:s}", "private", pem, "public", public, "keyid", key->public.keyid);
    free(pem);
    return answer;
}

static json_t *do_key(const json_t *command, struct problem *problem)
{
    struct signing_key key;
    if (signing_key_make(strcmp(text_of(command, "type"), "p256") ? KEY_ED25519 : KEY_P256, &key, problem))
        return NULL;
    json_t *answer = describe(&key);
    signing_key_free(&key);
    return answer;
}

static json_t *do_public(const json_t *command, struct problem *problem)
{
    struct signing_key key;
    if (signing_key_open(text_of(command, "key"), NULL, &key, problem))
        return NULL;
    json_t *answer = describe(&key);
    signing_key_free(&key);
    return answer;
}

static json_t *do_sign(const json_t *command, struct problem *problem)
{
    struct signing_key key;
    struct buf data = { 0 };
    uint8_t sig[KEY_SIGNATURE_BYTES];
    size_t bytes;
    if (signing_key_open(text_of(command, "key"), NULL, &key, problem))
        return NULL;
    int error = take_data(command, &data) || signing_key_sign(&key, data.data, data.length, sig, &bytes, problem);
    signing_key_free(&key);
    buf_free(&data);
    return error ? NULL : answer_bytes(sig, bytes);
}

static json_t *do_sign_seed(const json_t *command, struct problem *problem)
{
    uint8_t seed[ED25519_SEED_BYTES], public[ED25519_PUBLIC_BYTES], secret[ED25519_SECRET_BYTES];
    uint8_t sig[ED25519_SIGNATURE_BYTES];
    char text[BASE64_BYTES(ED25519_PUBLIC_BYTES)];
    struct buf data = { 0 };
    (void)problem;
    if (crypto_unhex(text_of(command, "seed"), seed, sizeof(seed)) || take_data(command, &data))
        return NULL;
    crypto_ed25519_key(seed, public, secret);
    crypto_ed25519_sign(secret, data.data, data.length, sig);
    crypto_base64(public, sizeof(public), text);
    json_t *answer = answer_bytes(sig, sizeof(sig));
    json_object_set_new(answer, "public", json_string(text));
    buf_free(&data);
    return answer;
}

static json_t *do_signed(const json_t *command, struct problem *problem)
{
    const char *pem = text_of(command, "key");
    struct envelope_key *key = envelope_key_private(pem, strlen(pem), problem);
    struct buf data = { 0 }, bytes = { 0 };
    json_t *answer = NULL;
    if (key && !take_data(command, &data) && !envelope_sign(key, data.data, data.length, &bytes, problem))
        answer = answer_bytes(bytes.data, bytes.length);
    envelope_key_free(key);
    buf_free(&data);
    buf_free(&bytes);
    return answer;
}

static json_t *do_sealed(const json_t *command, struct problem *problem)
{
    struct envelope_key *key = envelope_key_public(text_of(command, "to"), problem);
    struct buf data = { 0 }, bytes = { 0 };
    json_t *answer = NULL;
    if (key && !take_data(command, &data) && !envelope_encrypt(key, data.data, data.length, &bytes, problem))
        answer = answer_bytes(bytes.data, bytes.length);
    envelope_key_free(key);
    buf_free(&data);
    buf_free(&bytes);
    return answer;
}

static json_t *do_opened(const json_t *command, struct problem *problem)
{
    const char *pem = text_of(command, "key");
    struct envelope_key *key = envelope_key_private(pem, strlen(pem), problem);
    const struct envelope_key *const own[] = { key }, *found;
    struct buf data = { 0 }, bytes = { 0 };
    json_t *answer = NULL;
    if (key && !take_data(command, &data) &&
        !envelope_decrypt(own, 1, data.data, data.length, &bytes, &found, problem))
        answer = answer_bytes(bytes.data, bytes.length);
    envelope_key_free(key);
    buf_free(&data);
    buf_free(&bytes);
    return answer;
}

static const struct {
    const char *name;
    json_t *(*answer)(const json_t *command, struct problem *);
} commands[] = {
    { "key", do_key },
    { "public", do_public },
    { "sign", do_sign },
    { "sign-seed", do_sign_seed },
    { "signed", do_signed },
    { "sealed", do_sealed },
    { "opened", do_opened },
};

static json_t *answer(const char *line, size_t length)
{
    struct problem problem = { .code = "bad-command", .reason = "not a command, or its data is not base64" };
    json_t *command = message_parse(line, length, &problem), *said = NULL;
    for (size_t i = 0; command && i < sizeof(commands) / sizeof(*commands); i++) {
        if (!strcmp(commands[i].name, text_of(command, "do")))
            said = commands[i].answer(command, &problem);
    }
    json_decref(command);
    return said ? said : json_pack("{s:s, s:s}", "code", problem.code, "reason", problem.reason);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    crypto_open();
    while ((length = getline(&line, &room, stdin)) > 0) {
        json_t *said = answer(line, (size_t)length);
        json_dumpf(said, stdout, JSON_COMPACT);
        json_decref(said);
        if (puts("") < 0 || fflush(stdout))
            return 1;
    }
    free(line);
    return 0;
}
