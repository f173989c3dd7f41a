#include "services/alert/output/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/clock.h"
#include "services/alert/output/destination.h"
#include "services/alert/output/sender.h"

#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#define CONNECT_LIMIT_MS 10000
#define WRITE_LIMIT_MS 20000 /* a receiver that reads nothing for so long is none */
#define END_LIMIT_MS 2000
#define CA_MAX 32 /* certificates of one output */

struct tls {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    const struct stop *stop;
    unsigned asked, answers; /* KeyUpdates out and in */
};

/* 1: ready. 0: too late, or stopped. */
static int wait_for(const struct tls *tls, short events, int64_t until_ms)
{
    struct pollfd watched[] = { { tls->fd, events, 0 }, { tls->stop->fd, POLLIN, 0 } };
    int64_t left_ms = until_ms - clock_mono_ms();
    if (left_ms <= 0 || poll(watched, 2, (int)left_ms) <= 0)
        return 0;
    return watched[0].revents && !watched[1].revents;
}

static const char *ssl_reason(void)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return reason ? reason : "the connection broke";
}

/* Why a handshake failed, in words that name what to do about it. */
static int handshake_failed(const struct tls *tls, const struct destination *destination, struct failure *failure)
{
    long verified = SSL_get_verify_result(tls->ssl);
    if (verified != X509_V_OK) {
        ERR_clear_error();
        return sender_failed(failure, "the certificate shown does not prove that this is %.100s: %s", destination->host,
            X509_verify_cert_error_string(verified));
    }
    return sender_failed(failure, "no TLS with %.100s: %s", destination->host, ssl_reason());
}

/* Wait for what OpenSSL wants. -1: nothing it can go on with, or too late. */
static int wait_as_wanted(const struct tls *tls, int result, int64_t until_ms)
{
    int error = SSL_get_error(tls->ssl, result);
    if (error == SSL_ERROR_WANT_READ)
        return wait_for(tls, POLLIN, until_ms) ? 0 : -1;
    if (error == SSL_ERROR_WANT_WRITE)
        return wait_for(tls, POLLOUT, until_ms) ? 0 : -1;
    return -1;
}

static int add_certificates(SSL_CTX *context, const char *pem)
{
    BIO *text = BIO_new_mem_buf(pem, -1);
    int n = 0;
    for (X509 *one; text && n < CA_MAX && (one = PEM_read_bio_X509(text, NULL, NULL, NULL)); n++) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one);
        X509_free(one);
    }
    BIO_free(text);
    ERR_clear_error(); /* the end of the text is told as an error */
    return n ? 0 : -1;
}

static SSL_CTX *make_context(const char *ca, struct failure *failure)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)) {
        SSL_CTX_free(context);
        sender_failed(failure, "cannot set up TLS: %s", ssl_reason());
        return NULL;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    /* Trusting an authority below the root is trusting it, as libcurl has it. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    if (ca ? add_certificates(context, ca) : !SSL_CTX_load_verify_file(context, SYSTEM_BUNDLE)) {
        SSL_CTX_free(context);
        ERR_clear_error();
        sender_failed(failure, "cannot read %s", ca ? "the output's certificates" : SYSTEM_BUNDLE);
        return NULL;
    }
    return context;
}

/* The name the certificate must bear, which is also the one asked for unless it is an address. */
static int set_name(SSL *ssl, const char *host)
{
    struct in6_addr address;
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1 ? 0 : -1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1 ? 0 : -1;
}

static void count_answers(
    int written, int version, int content_type, const void *message, size_t bytes, SSL *ssl, void *arg)
{
    struct tls *tls = arg;
    (void)version, (void)ssl;
    if (!written && content_type == SSL3_RT_HANDSHAKE && bytes && *(const uint8_t *)message == SSL3_MT_KEY_UPDATE)
        tls->answers++;
}

static int shake_hands(struct tls *tls, const struct destination *destination, struct failure *failure)
{
    int64_t until_ms = clock_mono_ms() + CONNECT_LIMIT_MS;
    tls->ssl = SSL_new(tls->context);
    if (!tls->ssl || set_name(tls->ssl, destination->host) || !SSL_set_fd(tls->ssl, tls->fd))
        return sender_failed(failure, "cannot set up TLS: %s", ssl_reason());
    SSL_set_msg_callback(tls->ssl, count_answers);
    SSL_set_msg_callback_arg(tls->ssl, tls);
    for (int result; (result = SSL_connect(tls->ssl)) != 1;) {
        if (wait_as_wanted(tls, result, until_ms))
            return handshake_failed(tls, destination, failure);
    }
    return 0;
}

/* One address. */
static int dial(struct tls *tls, const struct addrinfo *address, struct failure *failure)
{
    int error = 0, yes = 1;
    socklen_t length = sizeof(error);
    const char *why = destination_refused(address->ai_addr);
    if (why)
        return sender_failed(failure, "the name stands for %s, where outputs do not send", why);
    tls->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (tls->fd < 0)
        return sender_failed(failure, "no socket: %s", strerror(errno));
    setsockopt(tls->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
    setsockopt(tls->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (!connect(tls->fd, address->ai_addr, address->ai_addrlen))
        return 0;
    error = errno;
    if (error == EINPROGRESS) {
        error = ETIMEDOUT;
        if (wait_for(tls, POLLOUT, clock_mono_ms() + CONNECT_LIMIT_MS))
            getsockopt(tls->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (!error)
        return 0;
    close(tls->fd);
    tls->fd = -1;
    return sender_failed(failure, "cannot connect: %s", strerror(error));
}

static int dial_any(struct tls *tls, const struct destination *destination, struct failure *failure)
{
    const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    int status = getaddrinfo(destination->host, destination->port, &wanted, &found);
    if (status)
        return sender_failed(failure, "cannot find %.100s: %s", destination->host, gai_strerror(status));
    int error = -1;
    for (const struct addrinfo *one = found; one && error && !atomic_load(&tls->stop->wanted); one = one->ai_next)
        error = dial(tls, one, failure);
    freeaddrinfo(found);
    return error;
}

struct tls *tls_connect(
    const struct destination *destination, const char *ca, const struct stop *stop, struct failure *failure)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (!tls) {
        sender_failed(failure, "no memory");
        return NULL;
    }
    tls->fd = -1;
    tls->stop = stop;
    tls->context = make_context(ca, failure);
    if (tls->context && !dial_any(tls, destination, failure) && !shake_hands(tls, destination, failure))
        return tls;
    tls_free(tls);
    return NULL;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->context);
    if (tls->fd >= 0)
        close(tls->fd);
    free(tls);
}

int tls_write(struct tls *tls, const void *data, size_t bytes, struct failure *failure)
{
    int64_t until_ms = clock_mono_ms() + WRITE_LIMIT_MS;
    for (int result; (result = SSL_write(tls->ssl, data, (int)bytes)) <= 0;) {
        if (wait_as_wanted(tls, result, until_ms))
            return sender_failed(failure, "the receiver does not read, or is gone: %s", ssl_reason());
    }
    return 0;
}

int tls_look(struct tls *tls, struct failure *failure)
{
    char ignored[1024];
    int result = SSL_read(tls->ssl, ignored, sizeof(ignored));
    int error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(tls->ssl, result);
    if (error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return 0;
    if (error == SSL_ERROR_ZERO_RETURN)
        return sender_failed(failure, "the receiver closed the connection");
    return sender_failed(failure, "the receiver ended the connection: %s", ssl_reason());
}

uint64_t tls_written(const struct tls *tls)
{
    return BIO_number_written(SSL_get_wbio(tls->ssl));
}

bool tls_is_acknowledged(const struct tls *tls, uint64_t bytes)
{
    struct tcp_info info = { 0 };
    socklen_t length = sizeof(info);
    /* tcpi_bytes_acked counts the SYN, too. */
    return !getsockopt(tls->fd, IPPROTO_TCP, TCP_INFO, &info, &length) && info.tcpi_bytes_acked > bytes;
}

static int ask_once(struct tls *tls)
{
    if (!SSL_key_update(tls->ssl, SSL_KEY_UPDATE_REQUESTED))
        return -1;
    SSL_do_handshake(tls->ssl); /* what cannot be written now goes with the next write */
    tls->asked++;
    return 0;
}

/* OpenSSL owes its answer until it writes or meets the next question, so there are two: the answer to the first. */
unsigned tls_ask(struct tls *tls)
{
    int error = SSL_version(tls->ssl) < TLS1_3_VERSION || ask_once(tls) || ask_once(tls);
    ERR_clear_error();
    return error ? 0 : tls->asked - 1;
}

unsigned tls_answers(const struct tls *tls)
{
    return tls->answers;
}

int tls_end(struct tls *tls)
{
    char ignored[4096];
    int64_t until_ms = clock_mono_ms() + END_LIMIT_MS;
    struct pollfd watched = { tls->fd, POLLIN, 0 };
    SSL_shutdown(tls->ssl);
    ERR_clear_error();
    if (shutdown(tls->fd, SHUT_WR))
        return -1;
    while (clock_mono_ms() < until_ms) {
        poll(&watched, 1, (int)(until_ms - clock_mono_ms()));
        ssize_t got = recv(tls->fd, ignored, sizeof(ignored), MSG_DONTWAIT);
        if (!got)
            return 0;
        if (got < 0 && errno != EAGAIN)
            return -1;
    }
    return -1;
}
