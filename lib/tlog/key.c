#include "lib/tlog/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/problem.h"
#include "lib/utf8.h"

#define PRIVATE "PRIVATE+KEY+"
#define KEY_BYTES 32 /* public key or seed: Ed25519 has both of one length */

bool tlog_name_valid(const char *name, size_t length)
{
    const char *end = name + length;
    while (name < end) {
        int32_t character = utf8_next(&name, end);
        if (character < 0x20 || character == '+' || utf8_is_space(character))
            return false;
    }
    return length > 0;
}

static uint32_t id_of(const struct tlog_vkey *key)
{
    uint8_t hash[SHA256_BYTES], hashed[TLOG_NAME_BYTES + 2 + ED25519_PUBLIC_BYTES];
    size_t length = strlen(key->name);
    memcpy(hashed, key->name, length);
    hashed[length] = '\n';
    hashed[length + 1] = (uint8_t)key->algorithm;
    memcpy(hashed + length + 2, key->public_key, ED25519_PUBLIC_BYTES);
    crypto_sha256(hashed, length + 2 + ED25519_PUBLIC_BYTES, hash);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

int tlog_signer_make(const char *name, enum tlog_algorithm algorithm, const uint8_t seed[ED25519_SEED_BYTES],
    struct tlog_signer *ret, struct problem *problem)
{
    if (strlen(name) >= TLOG_NAME_BYTES || !tlog_name_valid(name, strlen(name)))
        return problem_set(problem, "bad-key-name", "",
            "the name of a key has 1 to %d bytes of UTF-8 without spaces and plus signs", TLOG_NAME_BYTES - 1);
    memset(ret, 0, sizeof(*ret));
    strcpy(ret->vkey.name, name);
    ret->vkey.algorithm = algorithm;
    crypto_ed25519_key(seed, ret->vkey.public_key, ret->secret);
    ret->vkey.id = id_of(&ret->vkey);
    return 0;
}

/* `name+id+base64(algorithm ‖ key)`, of which nothing but the name is kept as text. */
static int parse(const char *text, struct tlog_vkey *key, uint8_t bytes[1 + KEY_BYTES])
{
    size_t length = strcspn(text, "+"), encoded, decoded;
    if (length >= TLOG_NAME_BYTES || !tlog_name_valid(text, length))
        return -1;
    memcpy(key->name, text, length);
    key->name[length] = '\0';
    text += length;
    char hex[9] = "";
    uint8_t id[4];
    if (*text++ != '+' || strspn(text, "0123456789abcdef") != 8)
        return -1;
    memcpy(hex, text, 8);
    if (crypto_unhex(hex, id, sizeof(id)) || text[8] != '+')
        return -1;
    key->id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
    text += 9;
    encoded = strcspn(text, "\n");
    if (text[encoded] && text[encoded + 1])
        return -1;
    if (crypto_unbase64(text, encoded, bytes, 1 + KEY_BYTES, &decoded) || decoded != 1 + KEY_BYTES)
        return -1;
    key->algorithm = bytes[0];
    return key->algorithm == TLOG_ED25519 || key->algorithm == TLOG_COSIGNATURE ? 0 : -1;
}

int tlog_vkey_parse(const char *text, struct tlog_vkey *ret, struct problem *problem)
{
    struct tlog_vkey key;
    uint8_t bytes[1 + KEY_BYTES];
    if (parse(text, &key, bytes))
        return problem_set(problem, "bad-key", "", "this is no public key of a log or witness (name+id+base64)");
    memcpy(key.public_key, bytes + 1, KEY_BYTES);
    if (id_of(&key) != key.id)
        return problem_set(problem, "bad-key", "", "the key of %s has not the id that it says: altered", key.name);
    *ret = key;
    return 0;
}

int tlog_signer_parse(const char *text, struct tlog_signer *ret, struct problem *problem)
{
    struct tlog_vkey said;
    struct tlog_signer signer;
    uint8_t bytes[1 + KEY_BYTES];
    int error = -1;
    if (strncmp(text, PRIVATE, strlen(PRIVATE)) || parse(text + strlen(PRIVATE), &said, bytes)) {
        problem_set(problem, "bad-key", "", "this is no private key of a log or witness (" PRIVATE "name+id+base64)");
    } else if (!tlog_signer_make(said.name, said.algorithm, bytes + 1, &signer, problem)) {
        error = signer.vkey.id == said.id ? 0 : problem_set(problem, "bad-key", "", "the private key was altered");
        if (!error)
            *ret = signer;
        crypto_forget(&signer, sizeof(signer));
    }
    crypto_forget(bytes, sizeof(bytes));
    return error;
}

static void format(char *ret, size_t room, const char *prefix, const struct tlog_vkey *key, const uint8_t *bytes)
{
    uint8_t tagged[1 + KEY_BYTES] = { (uint8_t)key->algorithm };
    char text[BASE64_BYTES(sizeof(tagged))];
    memcpy(tagged + 1, bytes, KEY_BYTES);
    crypto_base64(tagged, sizeof(tagged), text);
    snprintf(ret, room, "%s%s+%08x+%s", prefix, key->name, key->id, text);
    crypto_forget(tagged, sizeof(tagged));
    crypto_forget(text, sizeof(text));
}

void tlog_vkey_format(const struct tlog_vkey *key, char ret[TLOG_VKEY_BYTES])
{
    format(ret, TLOG_VKEY_BYTES, "", key, key->public_key);
}

void tlog_signer_format(const struct tlog_signer *signer, char ret[TLOG_SKEY_BYTES])
{
    format(ret, TLOG_SKEY_BYTES, PRIVATE, &signer->vkey, signer->secret);
}

int tlog_signer_load(const char *path, struct tlog_signer *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, TLOG_SKEY_BYTES, &text, &bytes, problem))
        return -1;
    int error = tlog_signer_parse(text, ret, problem);
    if (error && problem)
        snprintf(problem->field, sizeof(problem->field), "%s", path);
    crypto_forget(text, bytes);
    free(text);
    return error;
}
