#include "lib/envelope/key.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/buf.h"
#include "lib/envelope/private.h"
#include "lib/files.h"
#include "lib/memory.h"
#include "lib/problem.h"

#define PEM_BYTES_MAX 8192 /* RSA-3072 takes 2,500 */
#define RSA_BITS 3072
#define DER_BYTES_MAX 512
#define CERTIFICATE_BYTES_MAX 512
#define P256_SPKI_BYTES 91
#define P256_POINT_BYTES 65 /* uncompressed: 0x04, x, y */

int envelope_failed(struct problem *problem, const char *code, const char *reason)
{
    ERR_clear_error();
    return memory_lacked() ? problem_set(problem, "no-memory", "", "%s: no memory", reason)
                           : problem_set(problem, code, "", "%s", reason);
}

static int type_of(const EVP_PKEY *pkey, enum envelope_key_type *ret)
{
    char group[32] = "";
    if (EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
        !strcmp(group, "prime256v1"))
        *ret = ENVELOPE_KEY_P256;
    else if (EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) == RSA_BITS)
        *ret = ENVELOPE_KEY_RSA3072;
    else
        return -1;
    return 0;
}

/* OpenSSL cannot encode a certificate without the names of a signature's algorithm, nor use one that it cannot encode,
 * and has no function to set them but by signing. */
static bool name_algorithm(X509 *certificate)
{
    const ASN1_BIT_STRING *signature;
    const X509_ALGOR *outer, *inner = X509_get0_tbs_sigalg(certificate);
    X509_get0_signature(&signature, &outer, certificate);
    ASN1_OBJECT *name = OBJ_nid2obj(NID_ecdsa_with_SHA256);
    return X509_ALGOR_set0((X509_ALGOR *)inner, name, V_ASN1_UNDEF, NULL) == 1 &&
           X509_ALGOR_set0((X509_ALGOR *)outer, name, V_ASN1_UNDEF, NULL) == 1;
}

/* A certificate that names nobody: CMS takes keys only in this form. */
static X509 *bear(EVP_PKEY *pkey, const uint8_t sha256[SHA256_BYTES])
{
    X509 *certificate = X509_new();
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    if (!certificate || !id || ASN1_OCTET_STRING_set(id, sha256, SHA256_BYTES) != 1 ||
        X509_set_version(certificate, X509_VERSION_3) != 1 || X509_set_pubkey(certificate, pkey) != 1 ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), 0) || !X509_gmtime_adj(X509_getm_notAfter(certificate), 0) ||
        X509_add1_ext_i2d(certificate, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT) != 1 ||
        !name_algorithm(certificate)) {
        X509_free(certificate);
        certificate = NULL;
    }
    ASN1_OCTET_STRING_free(id);
    return certificate;
}

static struct envelope_key *new_key(void)
{
    struct envelope_key *key = memory_get(sizeof(*key));
    if (key)
        *key = (struct envelope_key){ 0 };
    return key;
}

/* Takes the reference, whatever becomes of it. */
static struct envelope_key *key_of(EVP_PKEY *pkey, bool is_private, struct problem *problem)
{
    unsigned char *der = NULL;
    struct envelope_key *key = new_key();
    int bytes = pkey && key && !type_of(pkey, &key->type) ? i2d_PUBKEY(pkey, &der) : 0;
    if (bytes > 0 && BASE64_BYTES((size_t)bytes) <= sizeof(key->spki)) {
        crypto_sha256(der, (size_t)bytes, key->sha256);
        crypto_hex(key->sha256, SHA256_BYTES, key->fingerprint);
        crypto_base64(der, (size_t)bytes, key->spki);
        key->is_private = is_private;
        key->certificate = bear(pkey, key->sha256);
    }
    OPENSSL_free(der);
    if (key && key->certificate) {
        key->pkey = pkey;
        return key;
    }
    envelope_failed(problem, "bad-key", "not a key of envelopes: P-256 or RSA with 3,072 bits");
    EVP_PKEY_free(pkey);
    free(key);
    return NULL;
}

int envelope_key_make(enum envelope_key_type type, struct buf *ret, struct problem *problem)
{
    envelope_begin();
    EVP_PKEY *pkey = type == ENVELOPE_KEY_P256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
    BIO *bio = BIO_new(BIO_s_secmem());
    char *pem = NULL;
    long bytes = 0;
    if (pkey && bio && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1)
        bytes = BIO_get_mem_data(bio, &pem);
    int error = bytes <= 0 || buf_append(ret, pem, (size_t)bytes);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return error ? envelope_failed(problem, "no-key", "cannot make a key") : 0;
}

struct envelope_key *envelope_key_private(const char *pem, size_t bytes, struct problem *problem)
{
    envelope_begin();
    BIO *bio = bytes <= PEM_BYTES_MAX ? BIO_new_mem_buf(pem, (int)bytes) : NULL;
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key_of(pkey, true, problem);
}

struct envelope_key *envelope_key_load(const char *path, struct problem *problem)
{
    char *pem;
    size_t bytes;
    if (file_read_secret(path, PEM_BYTES_MAX, &pem, &bytes, problem))
        return NULL;
    struct envelope_key *key = envelope_key_private(pem, bytes, problem);
    crypto_forget(pem, bytes);
    free(pem);
    if (!key && problem)
        problem_set(
            problem, problem->code, path, "%s holds no private key: P-256 or RSA with 3,072 bits, in PEM", path);
    return key;
}

/* A certificate of a P-256 key, in DER, and where key and key identifier stand in it. OpenSSL 3.0 takes 0.8 ms to make
 * one, and 0.2 ms to read one. */
static struct {
    pthread_once_t once;
    uint8_t der[CERTIFICATE_BYTES_MAX];
    size_t bytes; /* 0: it could not be made */
    size_t at_spki, at_id;
} pattern = { .once = PTHREAD_ONCE_INIT };

static void make_pattern(void)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    uint8_t sha256[SHA256_BYTES], *der = NULL, *at = pattern.der;
    int bytes = pkey ? i2d_PUBKEY(pkey, &der) : 0;
    if (bytes == P256_SPKI_BYTES)
        crypto_sha256(der, P256_SPKI_BYTES, sha256);
    X509 *certificate = bytes == P256_SPKI_BYTES ? bear(pkey, sha256) : NULL;
    if (certificate && i2d_X509(certificate, NULL) <= CERTIFICATE_BYTES_MAX) {
        size_t length = (size_t)i2d_X509(certificate, &at);
        const uint8_t *spki = memmem(pattern.der, length, der, P256_SPKI_BYTES);
        const uint8_t *id = memmem(pattern.der, length, sha256, SHA256_BYTES);
        if (spki && id) {
            pattern.at_spki = (size_t)(spki - pattern.der);
            pattern.at_id = (size_t)(id - pattern.der);
            pattern.bytes = length;
        }
    }
    X509_free(certificate);
    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
}

/* Everything before the point is the same in every P-256 key. */
static bool is_p256(const uint8_t *der, size_t bytes)
{
    pthread_once(&pattern.once, make_pattern);
    return pattern.bytes && bytes == P256_SPKI_BYTES &&
           !memcmp(der, pattern.der + pattern.at_spki, P256_SPKI_BYTES - P256_POINT_BYTES + 1);
}

/* The usual key, four times as fast as by key_of. NULL: the point is none of the curve. */
static struct envelope_key *p256_of(const char *spki, const uint8_t der[P256_SPKI_BYTES])
{
    uint8_t text[CERTIFICATE_BYTES_MAX];
    const uint8_t *at = text;
    struct envelope_key *key = new_key();
    if (!key)
        return NULL;
    crypto_sha256(der, P256_SPKI_BYTES, key->sha256);
    crypto_hex(key->sha256, SHA256_BYTES, key->fingerprint);
    strcpy(key->spki, spki); /* it made P256_SPKI_BYTES */
    memcpy(text, pattern.der, pattern.bytes);
    memcpy(text + pattern.at_spki, der, P256_SPKI_BYTES);
    memcpy(text + pattern.at_id, key->sha256, SHA256_BYTES);
    key->type = ENVELOPE_KEY_P256;
    key->certificate = d2i_X509(NULL, &at, (long)pattern.bytes);
    key->pkey = key->certificate ? X509_get_pubkey(key->certificate) : NULL;
    if (key->pkey)
        return key;
    envelope_key_free(key);
    return NULL;
}

struct envelope_key *envelope_key_public(const char *spki, struct problem *problem)
{
    uint8_t der[DER_BYTES_MAX];
    const uint8_t *at = der;
    size_t bytes;
    struct envelope_key *key;
    envelope_begin();
    bool is_base64 = !crypto_unbase64(spki, strlen(spki), der, sizeof(der), &bytes);
    if (is_base64 && is_p256(der, bytes)) {
        key = p256_of(spki, der);
        if (!key)
            envelope_failed(problem, "bad-key", "not a point of P-256");
        return key;
    }
    key = key_of(is_base64 ? d2i_PUBKEY(NULL, &at, (long)bytes) : NULL, false, problem);
    /* One key has one fingerprint: another way to write it is none. */
    if (key && strcmp(key->spki, spki)) {
        envelope_key_free(key);
        envelope_failed(problem, "bad-key", "not the one way in which a public key is written in DER");
        return NULL;
    }
    return key;
}

struct envelope_key *envelope_key_of(const X509 *certificate, struct problem *problem)
{
    char spki[BASE64_BYTES(P256_SPKI_BYTES)];
    unsigned char *der = NULL;
    struct envelope_key *key = NULL;
    int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (bytes > 0 && is_p256(der, (size_t)bytes)) {
        crypto_base64(der, P256_SPKI_BYTES, spki);
        key = p256_of(spki, der);
    }
    OPENSSL_free(der);
    return key ? key : key_of(X509_get_pubkey((X509 *)certificate), false, problem);
}

struct envelope_key *envelope_key_public_load(const char *path, struct problem *problem)
{
    char *pem;
    size_t bytes;
    if (file_read(path, PEM_BYTES_MAX, &pem, &bytes, problem))
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem, (int)bytes);
    X509 *certificate = strstr(pem, "BEGIN CERTIFICATE") ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    X509_free(certificate);
    BIO_free(bio);
    free(pem);
    struct envelope_key *key = key_of(pkey, false, problem);
    if (!key && problem)
        problem_set(problem, problem->code, path,
            "%s holds no public key: P-256 or RSA with 3,072 bits, or a certificate of one, in PEM", path);
    return key;
}

void envelope_key_free(struct envelope_key *key)
{
    if (!key)
        return;
    X509_free(key->certificate);
    EVP_PKEY_free(key->pkey);
    free(key);
}

enum envelope_key_type envelope_key_type(const struct envelope_key *key)
{
    return key->type;
}

bool envelope_key_is_private(const struct envelope_key *key)
{
    return key->is_private;
}

const char *envelope_key_fingerprint(const struct envelope_key *key)
{
    return key->fingerprint;
}

const char *envelope_key_spki(const struct envelope_key *key)
{
    return key->spki;
}
