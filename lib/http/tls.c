#include "lib/http/private.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"

#define CHAIN_MAX 8 /* leaf, intermediates, CA */
#define PEM_LIMIT_BYTES 65536

/* TLS 1.2 and 1.3 with forward secrecy and AEAD only; libmicrohttpd's default still offers 1.0 and 1.1. */
static const char priorities[] =
    "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:"
    "+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-RSA-PSS-RSAE-SHA256:"
    "+SIGN-ECDSA-SHA256:+SIGN-RSA-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-ECDSA-SHA384:+SIGN-EDDSA-ED25519:"
    "+CTYPE-X509:+COMP-NULL:%SERVER_PRECEDENCE";

struct http_certificate {
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned n_chain;
    gnutls_privkey_t key;
};

static int load_chain(struct http_certificate *into, const char *path, struct problem *problem)
{
    char *pem;
    size_t bytes;
    if (file_read(path, PEM_LIMIT_BYTES, &pem, &bytes, problem))
        return -1;
    unsigned count = CHAIN_MAX;
    gnutls_datum_t data = { (unsigned char *)pem, (unsigned)bytes };
    int status = gnutls_pcert_list_import_x509_raw(into->chain, &count, &data, GNUTLS_X509_FMT_PEM, 0);
    free(pem);
    if (status < 0 || count == 0)
        return problem_set(problem, "bad-certificate", path, "no certificate chain: %s", gnutls_strerror(status));
    into->n_chain = count;
    return 0;
}

static int load_key(struct http_certificate *into, const char *path, struct problem *problem)
{
    char *pem;
    size_t bytes;
    if (file_read_secret(path, PEM_LIMIT_BYTES, &pem, &bytes, problem))
        return -1;
    gnutls_datum_t data = { (unsigned char *)pem, (unsigned)bytes };
    int status = gnutls_privkey_init(&into->key);
    if (status == 0)
        status = gnutls_privkey_import_x509_raw(into->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
    crypto_forget(pem, bytes);
    free(pem);
    if (status < 0)
        return problem_set(problem, "bad-key", path, "no private key: %s", gnutls_strerror(status));
    return 0;
}

/* A key of another certificate would fail every handshake; better to refuse it while the old pair still serves. */
static int check_pair(const struct http_certificate *pair, const char *path, struct problem *problem)
{
    unsigned char of_key[64], of_certificate[64];
    size_t key_bytes = sizeof(of_key), certificate_bytes = sizeof(of_certificate);
    gnutls_pubkey_t public;
    if (gnutls_pubkey_init(&public))
        return problem_set(problem, "no-memory", path, "out of memory");
    int status = gnutls_pubkey_import_privkey(public, pair->key, 0, 0);
    if (status == 0)
        status = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, of_key, &key_bytes);
    if (status == 0)
        status = gnutls_pubkey_get_key_id(
            pair->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_certificate, &certificate_bytes);
    gnutls_pubkey_deinit(public);
    if (status || key_bytes != certificate_bytes || !crypto_equal(of_key, of_certificate, key_bytes))
        return problem_set(problem, "bad-key", path, "the private key is not that of the certificate");
    return 0;
}

struct http_certificate *http_certificate_load(const char *certificate, const char *key, struct problem *problem)
{
    struct http_certificate *pair = calloc(1, sizeof(*pair));
    if (!pair) {
        problem_set(problem, "no-memory", "", "out of memory");
        return NULL;
    }
    if (load_chain(pair, certificate, problem) || load_key(pair, key, problem) || check_pair(pair, key, problem)) {
        http_certificate_free(pair);
        return NULL;
    }
    return pair;
}

void http_certificate_free(struct http_certificate *pair)
{
    if (!pair)
        return;
    for (unsigned i = 0; i < pair->n_chain; i++)
        gnutls_pcert_deinit(&pair->chain[i]);
    if (pair->key)
        gnutls_privkey_deinit(pair->key);
    free(pair);
}

/* GnuTLS asks at each handshake; what it gets stays ours. */
static int choose_certificate(gnutls_session_t session, const gnutls_datum_t *issuers, int n_issuers,
    const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain, unsigned *ret_n_chain,
    gnutls_privkey_t *ret_key)
{
    (void)issuers, (void)n_issuers, (void)algorithms, (void)n_algorithms;
    struct http_connection *connection = gnutls_session_get_ptr(session);
    struct http_certificate *pair = atomic_load(&connection->http->certificate);
    *ret_chain = pair->chain;
    *ret_n_chain = pair->n_chain;
    *ret_key = pair->key;
    return 0;
}

void http_tls_options(struct MHD_OptionItem ret[3])
{
    ret[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)priorities };
    ret[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)choose_certificate };
    ret[2] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

static int finished(
    gnutls_session_t session, unsigned type, unsigned when, unsigned incoming, const gnutls_datum_t *message)
{
    (void)type, (void)when, (void)message;
    if (incoming)
        http_connection_enter(gnutls_session_get_ptr(session), PHASE_IDLE);
    return 0;
}

void http_tls_on_handshake(struct MHD_Connection *mhd, struct http_connection *connection)
{
    gnutls_session_t session = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    /* libmicrohttpd uses the session's pointer for pre-shared keys alone, which we do not offer. */
    gnutls_session_set_ptr(session, connection);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, finished);
}
