#include "lib/signed/key_file.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/problem.h"

/* 16 MiB and 0.2 s a guess (RFC 7914); OpenSSL's own tools open nothing that takes more than 32 MiB. */
#define SCRYPT_N 16384
#define SCRYPT_R 8
#define SCRYPT_P 5
#define SALT_BYTES 16

static int set_public(struct signing_key *key, struct problem *problem)
{
    unsigned char *der = NULL;
    int bytes = i2d_PUBKEY(key->pkey, &der);
    int error = bytes > 0 ? key_read(der, (size_t)bytes, &key->public, problem)
                          : problem_set(problem, "bad-key", "", "this key has no public half");
    OPENSSL_free(der);
    return error;
}

int signing_key_make(enum key_algorithm algorithm, struct signing_key *ret, struct problem *problem)
{
    struct signing_key key = { 0 };
    key.pkey = algorithm == KEY_P256 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!key.pkey)
        return problem_set(problem, "no-memory", "", "no key could be made");
    if (set_public(&key, problem)) {
        signing_key_free(&key);
        return -1;
    }
    *ret = key;
    return 0;
}

void signing_key_free(struct signing_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    key_free(&key->public);
    *key = (struct signing_key){ 0 };
}

static X509_SIG *encrypt(EVP_PKEY *pkey, const char *passphrase)
{
    unsigned char salt[SALT_BYTES];
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(pkey);
    X509_ALGOR *how = RAND_bytes(salt, sizeof(salt)) == 1 ? PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof(salt),
                                                                NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P)
                                                          : NULL;
    X509_SIG *sealed = plain && how ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), plain, how) : NULL;
    /* It owns how only when it succeeded. */
    if (!sealed)
        X509_ALGOR_free(how);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return sealed;
}

/* What was written to memory, as a text of its own. */
static char *text_of(BIO *bio)
{
    char *data;
    long bytes = BIO_get_mem_data(bio, &data);
    char *text = bytes > 0 ? strndup(data, (size_t)bytes) : NULL;
    BIO_free(bio);
    return text;
}

char *signing_key_private_pem(const struct signing_key *key, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    X509_SIG *sealed = passphrase ? encrypt(key->pkey, passphrase) : NULL;
    bool written = bio && (passphrase ? sealed && PEM_write_bio_PKCS8(bio, sealed) == 1
                                      : PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1);
    X509_SIG_free(sealed);
    if (written)
        return text_of(bio);
    BIO_free(bio);
    return NULL;
}

char *signing_key_public_pem(const struct signing_key *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && PEM_write_bio_PUBKEY(bio, key->pkey) == 1)
        return text_of(bio);
    BIO_free(bio);
    return NULL;
}

struct asked {
    const char *passphrase;
    bool asked;
};

static int give_passphrase(char *ret, int room, int writing, void *arg)
{
    struct asked *asked = arg;
    size_t bytes = asked->passphrase ? strlen(asked->passphrase) : 0;
    (void)writing;
    asked->asked = true;
    if (!bytes || bytes > (size_t)room)
        return -1;
    memcpy(ret, asked->passphrase, bytes);
    return (int)bytes;
}

int signing_key_open(const char *pem, const char *passphrase, struct signing_key *ret, struct problem *problem)
{
    struct signing_key key = { 0 };
    struct asked asked = { passphrase, false };
    BIO *bio = BIO_new_mem_buf(pem, -1);
    key.pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &asked) : NULL;
    BIO_free(bio);
    ERR_clear_error();
    if (!key.pkey)
        return asked.asked ? problem_set(problem, "passphrase", "", "this is not the passphrase of the key")
                           : problem_set(problem, "bad-key", "", "this is no private key in PEM");
    if (set_public(&key, problem)) {
        signing_key_free(&key);
        return -1;
    }
    *ret = key;
    return 0;
}

int signing_key_sign(const struct signing_key *key, const void *data, size_t bytes, uint8_t ret[KEY_SIGNATURE_BYTES],
    size_t *ret_bytes, struct problem *problem)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *md = key->public.algorithm == KEY_P256 ? EVP_sha256() : NULL;
    *ret_bytes = KEY_SIGNATURE_BYTES;
    bool done = context && EVP_DigestSignInit(context, NULL, md, NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, ret, ret_bytes, data, bytes) == 1;
    EVP_MD_CTX_free(context);
    return done ? 0 : problem_set(problem, "bad-key", "", "the key does not sign");
}

int key_read_pem(const char *pem, struct public_key *ret, struct problem *problem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    unsigned char *der = NULL;
    int bytes = pkey ? i2d_PUBKEY(pkey, &der) : 0;
    int error = bytes > 0 ? key_read(der, (size_t)bytes, ret, problem)
                          : problem_set(problem, "bad-key", "", "this is no public key in PEM");
    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    ERR_clear_error();
    return error;
}
