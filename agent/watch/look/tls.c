/* TLS: how long certificates are still good, and whether a server answers HTTPS as it should. */
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/look/looks.h"
#include "agent/watch/readings.h"
#include "agent/watch/url.h"

#define DAY_S 86400
#define CHAIN_MAX 16 /* certificates of a file that are looked at */

static const char *last_error(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? text : "the handshake failed";
}

/* Seconds until it expires, at most those of before. */
static int sooner(const X509 *certificate, int64_t *s)
{
    int days, seconds;
    if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)))
        return -1;
    int64_t left = (int64_t)days * DAY_S + seconds;
    if (left < *s)
        *s = left;
    return 0;
}

static void tell_left(int64_t left_s, struct sample *ret)
{
    if (left_s <= 0)
        look_found(ret, LEVEL_CRITICAL, "the certificate expired %" PRId64 " days ago", -left_s / DAY_S);
    ret->has_value = true;
    ret->value = left_s > 0 ? (uint64_t)left_s * 1000 / DAY_S : 0;
}

void look_certificate_file(char **words, struct sample *ret)
{
    int64_t left_s = INT64_MAX;
    int n = 0;
    FILE *file = fopen(words[0], "re");
    if (!file) {
        look_found(ret, LEVEL_UNKNOWN, "the file cannot be opened");
        return;
    }
    for (X509 *one; n < CHAIN_MAX && (one = PEM_read_X509(file, NULL, NULL, NULL)); n++) {
        if (sooner(one, &left_s))
            left_s = 0;
        X509_free(one);
    }
    fclose(file);
    if (n)
        tell_left(left_s, ret);
    else
        look_found(ret, LEVEL_UNKNOWN, "the file holds no certificate in PEM");
}

/* A handshake; NULL and *ret filled in. verified: by the system's authorities and the host's name. */
static SSL *shake_hands(SSL_CTX *context, int fd, const char *host, bool verified, struct sample *ret)
{
    SSL *tls = SSL_new(context);
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    SSL_set_fd(tls, fd);
    if (!address)
        SSL_set_tlsext_host_name(tls, host);
    if (verified && address)
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host);
    else if (verified)
        SSL_set1_host(tls, host);
    ASN1_OCTET_STRING_free(address);
    if (SSL_connect(tls) == 1)
        return tls;
    look_found(ret, LEVEL_CRITICAL, "TLS: %.150s", last_error());
    SSL_free(tls);
    return NULL;
}

/* Only its dates are used, so it does not matter who made it. */
void look_certificate(char **words, struct sample *ret)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int fd = look_connect(words[0], words[1], ret);
    SSL *tls = fd < 0 ? NULL : shake_hands(context, fd, words[0], false, ret);
    X509 *certificate = tls ? SSL_get0_peer_certificate(tls) : NULL;
    int64_t left_s = INT64_MAX;
    if (certificate && !sooner(certificate, &left_s))
        tell_left(left_s, ret);
    else if (tls)
        look_found(ret, LEVEL_UNKNOWN, "the server showed no certificate that can be read");
    SSL_free(tls);
    SSL_CTX_free(context);
    if (fd >= 0)
        close(fd);
}

static uint64_t took_us(const struct timespec *began)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((now.tv_sec - began->tv_sec) * INT64_C(1000000) + (now.tv_nsec - began->tv_nsec) / 1000);
}

static bool is_expected(const char *wanted, unsigned status)
{
    return *wanted == '-' ? status >= 200 && status < 400 : status == (unsigned)atoi(wanted);
}

static void ask(SSL *tls, const struct url *url, const char *wanted, const struct timespec *began, struct sample *ret)
{
    char question[1024], answer[1024];
    unsigned status;
    int length = snprintf(question, sizeof(question),
        "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: vedette-agent-look\r\nConnection: close\r\n\r\n", url->path,
        url->host, url->port);
    int read = SSL_write(tls, question, length) == length ? SSL_read(tls, answer, sizeof(answer) - 1) : -1;
    answer[read > 0 ? read : 0] = '\0';
    if (http_status_parse(answer, &status)) {
        look_found(ret, LEVEL_CRITICAL, "what answers is not HTTP");
        return;
    }
    if (!is_expected(wanted, status))
        look_found(ret, LEVEL_CRITICAL, "the answer has status %u", status);
    ret->has_value = true;
    ret->value = took_us(began);
}

void look_https(char **words, struct sample *ret)
{
    struct url url;
    struct timespec began;
    char port[8];
    if (url_parse(words[0], &url)) {
        look_found(ret, LEVEL_UNKNOWN, "the URL cannot be read");
        return;
    }
    snprintf(port, sizeof(port), "%u", url.port);
    clock_gettime(CLOCK_MONOTONIC, &began);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_default_verify_paths(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    int fd = look_connect(url.host, port, ret);
    SSL *tls = fd < 0 ? NULL : shake_hands(context, fd, url.host, true, ret);
    if (tls)
        ask(tls, &url, words[1], &began, ret);
    SSL_free(tls);
    SSL_CTX_free(context);
    if (fd >= 0)
        close(fd);
}
