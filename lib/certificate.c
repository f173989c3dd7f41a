#include "lib/certificate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/problem.h"

#define DAY_S 86400
#define BACKDATE_S 3600 /* clocks of agents may be a little behind ours */

/* Say what OpenSSL says, and leave nothing in its queue for the next caller. */
static int failed(struct problem *problem, const char *doing)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    problem_set(problem, "certificate", "", "%s: %s", doing, reason ? reason : "not possible");
    ERR_clear_error();
    return -1;
}

static bool is_address(const char *name)
{
    uint8_t ignored[16];
    return inet_pton(AF_INET, name, ignored) == 1 || inet_pton(AF_INET6, name, ignored) == 1;
}

/* Names go into OpenSSL's extension syntax, where a comma would begin another name. */
static bool is_plain(const char *name)
{
    return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:*")];
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int error = !extension || X509_add_ext(certificate, extension, -1) != 1;
    X509_EXTENSION_free(extension);
    return error ? -1 : 0;
}

/* What every certificate has: version 3, a random serial number, a name, a period, a key. */
static X509 *begin(const char *common_name, int64_t now_ms, int days, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    BIGNUM *serial = BN_new();
    time_t now = (time_t)(now_ms / 1000);
    /* 127 random bits: unique, positive, and within the 20 bytes of RFC 5280. */
    if (!certificate || !serial || BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
        !BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) ||
        X509_set_version(certificate, X509_VERSION_3) != 1 || X509_set_pubkey(certificate, key) != 1 ||
        !X509_time_adj_ex(X509_getm_notBefore(certificate), 0, -BACKDATE_S, &now) ||
        !X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, &now) ||
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
            (const unsigned char *)common_name, -1, -1, 0) != 1) {
        X509_free(certificate);
        certificate = NULL;
    }
    BN_free(serial);
    return certificate;
}

static int extend_ca(X509 *certificate)
{
    return add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
           add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
           add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
}

static int extend_server(X509 *certificate, X509 *issuer, const char *const *names, size_t n)
{
    struct buf alternative = { 0 };
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = buf_format(&alternative, "%s%s:%s", i ? "," : "", is_address(names[i]) ? "IP" : "DNS", names[i]);
    error = error || add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
            add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") ||
            add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") ||
            add_extension(certificate, issuer, NID_subject_key_identifier, "hash") ||
            add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") ||
            add_extension(certificate, issuer, NID_subject_alt_name, alternative.data);
    buf_free(&alternative);
    return error ? -1 : 0;
}

/* The text that was written to a memory BIO, as the caller's own. */
static char *text_of(BIO *bio)
{
    char *data;
    long bytes = BIO_get_mem_data(bio, &data);
    return bytes > 0 ? strndup(data, (size_t)bytes) : NULL;
}

static int write_pem(X509 *certificate, const char *issuer_pem, EVP_PKEY *key, struct certificate *ret)
{
    BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_secmem());
    int error = !chain || !secret || PEM_write_bio_X509(chain, certificate) != 1 || BIO_puts(chain, issuer_pem) < 0 ||
                PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) != 1;
    if (!error) {
        struct certificate made = { text_of(chain), text_of(secret) };
        error = !made.chain || !made.key;
        if (error)
            certificate_free(&made);
        else
            *ret = made;
    }
    BIO_free(chain);
    BIO_free(secret);
    return error ? -1 : 0;
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

int certificate_make_ca(const char *common_name, int64_t now_ms, struct certificate *ret, struct problem *problem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? begin(common_name, now_ms, CERTIFICATE_CA_DAYS, key) : NULL;
    int error = 0;
    if (!certificate || X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
        extend_ca(certificate) || X509_sign(certificate, key, EVP_sha256()) == 0 ||
        write_pem(certificate, "", key, ret))
        error = failed(problem, "cannot make the CA certificate");
    X509_free(certificate);
    EVP_PKEY_free(key);
    return error;
}

int certificate_make_server(const struct certificate *ca, const char *const *names, size_t n, int64_t now_ms,
    struct certificate *ret, struct problem *problem)
{
    X509 *issuer = read_certificate(ca->chain);
    EVP_PKEY *issuer_key = read_key(ca->key), *key = EVP_EC_gen("P-256");
    X509 *certificate = NULL;
    int error = 0;
    for (size_t i = 0; i < n && !error; i++) {
        if (!is_plain(names[i]))
            error = problem_set(problem, "certificate", "", "\"%s\" is no DNS name and no address", names[i]);
    }
    if (error)
        goto done;
    if (!issuer || !issuer_key || X509_check_private_key(issuer, issuer_key) != 1)
        error = failed(problem, "the CA's certificate and key do not belong together");
    else if (!key || !(certificate = begin("Vedette server", now_ms, CERTIFICATE_SERVER_DAYS, key)) ||
             X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
             extend_server(certificate, issuer, names, n) || X509_sign(certificate, issuer_key, EVP_sha256()) == 0 ||
             write_pem(certificate, ca->chain, key, ret))
        error = failed(problem, "cannot make a server certificate");
done:
    X509_free(certificate);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
    X509_free(issuer);
    return error;
}

void certificate_free(struct certificate *certificate)
{
    if (certificate->key)
        crypto_forget(certificate->key, strlen(certificate->key));
    free(certificate->key);
    free(certificate->chain);
    *certificate = (struct certificate){ 0 };
}

static bool bears(X509 *certificate, const char *name)
{
    return is_address(name) ? X509_check_ip_asc(certificate, name, 0) == 1
                            : X509_check_host(certificate, name, 0, 0, NULL) == 1;
}

bool certificate_issued_by(const char *chain, const char *ca)
{
    X509 *certificate = read_certificate(chain), *issuer = read_certificate(ca);
    bool issued = certificate && issuer && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    X509_free(issuer);
    X509_free(certificate);
    return issued;
}

bool certificate_serves(const char *chain, const char *const *names, size_t n, int64_t until_ms)
{
    X509 *certificate = read_certificate(chain);
    time_t until = (time_t)(until_ms / 1000);
    bool good = certificate && X509_cmp_time(X509_get0_notAfter(certificate), &until) > 0;
    for (size_t i = 0; i < n && good; i++)
        good = bears(certificate, names[i]);
    ERR_clear_error();
    X509_free(certificate);
    return good;
}

int certificate_fingerprint(const char *chain, char ret[FINGERPRINT_BYTES], struct problem *problem)
{
    X509 *certificate = read_certificate(chain);
    uint8_t digest[SHA256_BYTES];
    int error = 0;
    if (!certificate || X509_digest(certificate, EVP_sha256(), digest, NULL) != 1) {
        error = failed(problem, "not a certificate in PEM");
    } else {
        memcpy(ret, "sha256:", 7);
        crypto_hex(digest, sizeof(digest), ret + 7);
    }
    X509_free(certificate);
    return error;
}
