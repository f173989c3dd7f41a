#include "agent/carry/keys.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "agent/state.h"
#include "lib/files.h"
#include "lib/problem.h"

#define KEY_FILE_LIMIT_BYTES 4096

static EVP_PKEY *make_key(const char *file, struct problem *problem)
{
    char *pem = NULL;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    long bytes = 0;
    if (key && bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        bytes = BIO_get_mem_data(bio, &pem);
    if (bytes <= 0)
        problem_set(problem, "no-key", file, "cannot make a P-256 key");
    if (bytes <= 0 || file_write(file, pem, (size_t)bytes, 0400, problem)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    if (bytes > 0)
        crypto_forget(pem, (size_t)bytes);
    BIO_free(bio);
    return key;
}

static EVP_PKEY *read_key(const char *file, struct problem *problem)
{
    char *pem, group[32] = "";
    size_t bytes;
    if (file_read_secret(file, KEY_FILE_LIMIT_BYTES, &pem, &bytes, problem))
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem, (int)bytes);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    crypto_forget(pem, bytes);
    free(pem);
    if (key && (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 || strcmp(group, "prime256v1"))) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    if (!key)
        problem_set(problem, "no-key", file, "%s holds no P-256 private key in PEM", file);
    return key;
}

int key_pair(const char *file, char ret_public[PUBLIC_KEY_BYTES], struct problem *problem)
{
    EVP_PKEY *key = state_has(file) ? read_key(file, problem) : make_key(file, problem);
    unsigned char *der = NULL;
    if (!key)
        return -1;
    int length = i2d_PUBKEY(key, &der);
    EVP_PKEY_free(key);
    /* Four characters for three bytes, and NUL. */
    if (length <= 0 || (length + 2) / 3 * 4 + 1 > PUBLIC_KEY_BYTES) {
        OPENSSL_free(der);
        return problem_set(problem, "no-key", file, "cannot encode the public half of %s", file);
    }
    EVP_EncodeBlock((unsigned char *)ret_public, der, length);
    OPENSSL_free(der);
    return 0;
}

int key_fingerprint(const char *public_key, char ret[HEX_BYTES(SHA256_BYTES)], struct problem *problem)
{
    unsigned char der[PUBLIC_KEY_BYTES];
    uint8_t hash[SHA256_BYTES];
    size_t characters = strlen(public_key), padding = 0;
    int length =
        characters < sizeof(der) ? EVP_DecodeBlock(der, (const unsigned char *)public_key, (int)characters) : -1;
    while (padding < 2 && padding < characters && public_key[characters - 1 - padding] == '=')
        padding++;
    /* EVP_DecodeBlock counts the padding as bytes. */
    if (length <= (int)padding)
        return problem_set(problem, "no-key", "", "not a public key in base64");
    crypto_sha256(der, (size_t)length - padding, hash);
    crypto_hex(hash, sizeof(hash), ret);
    return 0;
}
