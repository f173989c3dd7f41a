#include "lib/signed/sshsig.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/problem.h"

#define MAGIC "SSHSIG"
#define VERSION 1
#define TOUCHED 0x01 /* flags of a security key: somebody was there (PROTOCOL.u2f) */
#define KEY_BLOB_BYTES 512
#define MESSAGE_BYTES 512 /* what is signed: names and hashes */
#define ECDSA_DER_BYTES 72

/* Bytes that are read from their front. */
struct reader {
    const uint8_t *at, *end;
};

struct text {
    const uint8_t *bytes;
    size_t n;
};

static bool take_u32(struct reader *reader, uint32_t *ret)
{
    if (reader->end - reader->at < 4)
        return false;
    *ret = (uint32_t)reader->at[0] << 24 | (uint32_t)reader->at[1] << 16 | (uint32_t)reader->at[2] << 8 | reader->at[3];
    reader->at += 4;
    return true;
}

static bool take_text(struct reader *reader, struct text *ret)
{
    uint32_t n;
    if (!take_u32(reader, &n) || n > (size_t)(reader->end - reader->at))
        return false;
    *ret = (struct text){ reader->at, n };
    reader->at += n;
    return true;
}

static struct reader reader_of(struct text text)
{
    return (struct reader){ text.bytes, text.bytes + text.n };
}

static bool is(struct text text, const char *word)
{
    return text.n == strlen(word) && !memcmp(text.bytes, word, text.n);
}

/* The types of keys there are: `sk-` is of a security key. */
static const struct ssh_type {
    const char *name;
    enum key_algorithm algorithm;
    bool security_key;
} types[] = {
    { "ssh-ed25519", KEY_ED25519, false },
    { "ecdsa-sha2-nistp256", KEY_P256, false },
    { "sk-ssh-ed25519@openssh.com", KEY_ED25519, true },
    { "sk-ecdsa-sha2-nistp256@openssh.com", KEY_P256, true },
};

static const struct ssh_type *type_of(struct text name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (is(name, types[i].name))
            return &types[i];
    }
    return NULL;
}

/* What a security key's signatures are bound to: a text, "ssh:" if nobody chose another. */
static bool take_application(struct reader *reader, struct ssh_key *key)
{
    struct text application;
    if (!take_text(reader, &application) || application.n >= sizeof(key->application) ||
        memchr(application.bytes, '\0', application.n))
        return false;
    memcpy(key->application, application.bytes, application.n);
    return true;
}

/* A key as OpenSSH has it: its type, of ECDSA the curve, the bare key, of a security key the application. */
static int read_blob(struct text blob, struct ssh_key *ret, struct problem *problem)
{
    struct reader reader = reader_of(blob);
    struct text name, curve, bare;
    struct ssh_key key = { 0 };
    uint8_t der[SPKI_BYTES];
    const struct ssh_type *type = take_text(&reader, &name) ? type_of(name) : NULL;
    if (!type)
        return problem_set(
            problem, "bad-key", "", "an SSH key that signs is of ed25519 or ecdsa-sha2-nistp256, with sk- or without");
    key.security_key = type->security_key;
    size_t bare_bytes = type->algorithm == KEY_P256 ? P256_POINT_BYTES : ED25519_PUBLIC_BYTES;
    if ((type->algorithm == KEY_P256 && (!take_text(&reader, &curve) || !is(curve, "nistp256"))) ||
        !take_text(&reader, &bare) || bare.n != bare_bytes ||
        (type->security_key && !take_application(&reader, &key)) || reader.at != reader.end)
        return problem_set(problem, "bad-key", "", "the SSH key is cut off or altered");
    if (key_read(der, key_spki(type->algorithm, bare.bytes, der), &key.key, problem))
        return -1;
    *ret = key;
    return 0;
}

int ssh_key_read(const char *text, struct ssh_key *ret, struct problem *problem)
{
    uint8_t blob[KEY_BLOB_BYTES];
    size_t name_bytes = strcspn(text, " "), bytes;
    const char *encoded = text + name_bytes + (text[name_bytes] == ' ');
    if (crypto_unbase64(encoded, strcspn(encoded, " \r\n"), blob, sizeof(blob), &bytes))
        return problem_set(problem, "bad-key", "", "this is no SSH public key: a type and base64");
    /* The type stands within the base64 again: that one counts, and the other must not say something else. */
    struct reader reader = { blob, blob + bytes };
    struct text name;
    if (!take_text(&reader, &name) || name.n != name_bytes || memcmp(name.bytes, text, name_bytes))
        return problem_set(problem, "bad-key", "", "the SSH key is not of the type that stands before it");
    return read_blob((struct text){ blob, bytes }, ret, problem);
}

static void put_text(uint8_t **at, const void *bytes, size_t n)
{
    *(*at)++ = (uint8_t)(n >> 24);
    *(*at)++ = (uint8_t)(n >> 16);
    *(*at)++ = (uint8_t)(n >> 8);
    *(*at)++ = (uint8_t)n;
    memcpy(*at, bytes, n);
    *at += n;
}

struct sshsig {
    struct text key, space, reserved, hash, signature;
};

static bool parse(const uint8_t *blob, size_t bytes, struct sshsig *ret)
{
    struct reader reader = { blob, blob + bytes };
    struct sshsig sig;
    uint32_t version;
    if (bytes < strlen(MAGIC) || memcmp(blob, MAGIC, strlen(MAGIC)))
        return false;
    reader.at += strlen(MAGIC);
    if (!take_u32(&reader, &version) || version != VERSION || !take_text(&reader, &sig.key) ||
        !take_text(&reader, &sig.space) || !take_text(&reader, &sig.reserved) || !take_text(&reader, &sig.hash) ||
        !take_text(&reader, &sig.signature) || reader.at != reader.end)
        return false;
    *ret = sig;
    return true;
}

/* What ssh-keygen signs in the data's place; its length, 0: with a hash that is none of theirs. */
static size_t message_of(const struct sshsig *sig, const void *data, size_t bytes, uint8_t ret[MESSAGE_BYTES])
{
    const EVP_MD *md = is(sig->hash, "sha512") ? EVP_sha512() : is(sig->hash, "sha256") ? EVP_sha256() : NULL;
    uint8_t hash[EVP_MAX_MD_SIZE], *at = ret;
    unsigned hash_bytes;
    if (!md || sig->reserved.n || !EVP_Digest(data, bytes, hash, &hash_bytes, md, NULL))
        return 0;
    memcpy(at, MAGIC, strlen(MAGIC));
    at += strlen(MAGIC);
    put_text(&at, SSHSIG_NAMESPACE, strlen(SSHSIG_NAMESPACE));
    put_text(&at, "", 0);
    put_text(&at, sig->hash.bytes, sig->hash.n);
    put_text(&at, hash, hash_bytes);
    return (size_t)(at - ret);
}

/* A security key signs SHA-256(application) ‖ flags ‖ counter ‖ SHA-256(message). */
static size_t wrap(const struct ssh_key *key, const uint8_t behind[5], uint8_t *message, size_t bytes)
{
    uint8_t inner[SHA256_BYTES];
    crypto_sha256(message, bytes, inner);
    crypto_sha256(key->application, strlen(key->application), message);
    memcpy(message + SHA256_BYTES, behind, 5);
    memcpy(message + SHA256_BYTES + 5, inner, SHA256_BYTES);
    return 2 * SHA256_BYTES + 5;
}

/* r and s are mpints: the bytes of a DER INTEGER, behind a length that is written differently. 0: too long. */
static size_t der_of(struct text inner, uint8_t ret[ECDSA_DER_BYTES])
{
    struct reader reader = reader_of(inner);
    struct text r, s;
    if (!take_text(&reader, &r) || !take_text(&reader, &s) || reader.at != reader.end || !r.n || r.n > 33 || !s.n ||
        s.n > 33)
        return 0;
    ret[0] = 0x30;
    ret[1] = (uint8_t)(4 + r.n + s.n);
    ret[2] = 0x02;
    ret[3] = (uint8_t)r.n;
    memcpy(ret + 4, r.bytes, r.n);
    ret[4 + r.n] = 0x02;
    ret[5 + r.n] = (uint8_t)s.n;
    memcpy(ret + 6 + r.n, s.bytes, s.n);
    return 6 + r.n + s.n;
}

bool sshsig_holds(const struct ssh_key *key, const void *data, size_t bytes, const uint8_t *blob, size_t blob_bytes)
{
    struct sshsig sig;
    struct text name, raw;
    uint8_t message[MESSAGE_BYTES], der[ECDSA_DER_BYTES];
    if (!parse(blob, blob_bytes, &sig) || !is(sig.space, SSHSIG_NAMESPACE))
        return false;
    size_t message_bytes = message_of(&sig, data, bytes, message);
    struct reader reader = reader_of(sig.signature);
    const struct ssh_type *type = take_text(&reader, &name) ? type_of(name) : NULL;
    if (!message_bytes || !type || type->security_key != key->security_key || type->algorithm != key->key.algorithm ||
        !take_text(&reader, &raw))
        return false;
    if (type->security_key) {
        if (reader.end - reader.at != 5 || !(reader.at[0] & TOUCHED))
            return false;
        message_bytes = wrap(key, reader.at, message, message_bytes);
    } else if (reader.at != reader.end) {
        return false;
    }
    if (type->algorithm == KEY_P256) {
        size_t der_bytes = der_of(raw, der);
        raw = (struct text){ der, der_bytes };
    }
    return key_holds(&key->key, message, message_bytes, raw.bytes, raw.n);
}

int sshsig_unarmour(
    const char *text, size_t bytes, uint8_t *ret, size_t room, size_t *ret_bytes, struct problem *problem)
{
    static const char first[] = "-----BEGIN SSH SIGNATURE-----", last[] = "-----END SSH SIGNATURE-----";
    char encoded[BASE64_BYTES(DSSE_SIGNATURE_BYTES)];
    size_t n = 0;
    const char *at = memmem(text, bytes, first, strlen(first));
    const char *end = at ? memmem(at, bytes - (size_t)(at - text), last, strlen(last)) : NULL;
    for (at = end ? at + strlen(first) : NULL; at < end && n < sizeof(encoded); at++) {
        if (*at != '\n' && *at != '\r')
            encoded[n++] = *at;
    }
    if (!end || n == sizeof(encoded) || crypto_unbase64(encoded, n, ret, room, ret_bytes))
        return problem_set(problem, "bad-signature", "", "this is no signature of ssh-keygen -Y sign");
    return 0;
}
