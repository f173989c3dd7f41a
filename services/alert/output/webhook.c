/*
 * Webhooks: an HTTPS POST of each event, signed (Standard Webhooks). The only user of libcurl here.
 *
 * TLS 1.2 or later, the certificate verified for the URL's name; no redirect is followed, no proxy used, no more of an
 * answer read than tells what went wrong. 2xx and nothing else is a delivery.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "lib/clock.h"
#include "lib/version.h"
#include "services/alert/output/destination.h"
#include "services/alert/output/sender.h"
#include "services/alert/output/signature.h"

#define CONNECT_LIMIT_MS 10000
#define ANSWER_LIMIT_MS 20000 /* Standard Webhooks: receivers have 15 to 30 s */
#define ANSWER_LIMIT_BYTES 65536

struct sender {
    CURL *curl;
    const struct output *output;
    const struct stop *stop;
    int64_t delivered;   /* since opening or the last failure */
    size_t answer_bytes; /* of the present answer */
    const char *refused; /* why the present connection's address is not used; NULL: it is */
    char error[CURL_ERROR_SIZE];
};

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct sender *sender = arg;
    (void)purpose;
    sender->refused = destination_refused(&address->addr);
    if (sender->refused)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Reading on would let a receiver keep us for ever; what it says beyond its status is not for us. */
static size_t pass_over(char *data, size_t size, size_t count, void *arg)
{
    struct sender *sender = arg;
    (void)data;
    sender->answer_bytes += size * count;
    return sender->answer_bytes > ANSWER_LIMIT_BYTES ? 0 : size * count;
}

/* Asked at least once a second, whatever goes on. */
static int is_stopped(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    const struct sender *sender = arg;
    (void)down_all, (void)down, (void)up_all, (void)up;
    return atomic_load(&sender->stop->wanted);
}

static bool set_trust(CURL *curl, const char *ca)
{
    struct curl_blob blob = { (void *)ca, ca ? strlen(ca) : 0, CURL_BLOB_NOCOPY };
    if (curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) || curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L))
        return false;
    /* The system's authorities are taken away, not added to. */
    return !ca || (!curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) && !curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) &&
                      !curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob));
}

static bool set_manners(CURL *curl)
{
    char name[64];
    snprintf(name, sizeof(name), "vedette/%.40s", vedette_version);
    return !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") &&
           !curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           !curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           !curl_easy_setopt(curl, CURLOPT_PROXY, "") && !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) &&
           !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) && !curl_easy_setopt(curl, CURLOPT_USERAGENT, name) &&
           !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_LIMIT_MS) &&
           !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_LIMIT_MS) &&
           !curl_easy_setopt(curl, CURLOPT_POST, 1L) && !curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static bool set_callbacks(struct sender *sender)
{
    CURL *curl = sender->curl;
    return !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_over) &&
           !curl_easy_setopt(curl, CURLOPT_WRITEDATA, sender) &&
           !curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
           !curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, sender) &&
           !curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_stopped) &&
           !curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sender) &&
           !curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, sender->error);
}

static void close_sender(struct sender *sender)
{
    if (!sender)
        return;
    curl_easy_cleanup(sender->curl);
    free(sender);
}

static struct sender *open_sender(const struct output *output, const struct stop *stop)
{
    struct sender *sender = calloc(1, sizeof(*sender));
    if (!sender)
        return NULL;
    sender->output = output;
    sender->stop = stop;
    sender->curl = curl_easy_init();
    if (sender->curl && set_trust(sender->curl, output->ca) && set_manners(sender->curl) && set_callbacks(sender) &&
        !curl_easy_setopt(sender->curl, CURLOPT_URL, output->destination))
        return sender;
    close_sender(sender);
    return NULL;
}

/* All or NULL. */
static struct curl_slist *make_headers(const struct output *output, const struct outgoing *event)
{
    char id[64], time[64], signature[SIGNATURE_BYTES], signed_as[SIGNATURE_BYTES + 32];
    int64_t now_s = clock_wall_ms() / 1000;
    if (signature_make(output->secret, event->id, now_s, event->data, event->bytes, signature))
        return NULL;
    snprintf(id, sizeof(id), "webhook-id: %s", event->id);
    snprintf(time, sizeof(time), "webhook-timestamp: %" PRId64, now_s);
    snprintf(signed_as, sizeof(signed_as), "webhook-signature: %s", signature);
    /* No "Expect: 100-continue": it would cost a round trip. */
    const char *const lines[] = { "Content-Type: application/cloudevents+json", "Expect:", id, time, signed_as };
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);
        if (!longer) {
            curl_slist_free_all(headers);
            return NULL;
        }
        headers = longer;
    }
    return headers;
}

static int no_answer(const struct sender *sender, CURLcode code, struct failure *failure)
{
    const char *why = *sender->error ? sender->error : curl_easy_strerror(code);
    if (sender->refused)
        return sender_failed(failure, "the name stands for %s, where outputs do not send", sender->refused);
    if (code == CURLE_WRITE_ERROR)
        return sender_failed(failure, "the answer has more than %d bytes", ANSWER_LIMIT_BYTES);
    return sender_failed(failure, "%s", why);
}

static int judge(const struct sender *sender, const struct outgoing *event, struct failure *failure)
{
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(sender->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(sender->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (status / 100 == 2)
        return 0;
    sender_failed(failure, "%s was answered with HTTP status %ld%s", event->id, status,
        status / 100 == 3 ? ": redirects are not followed" : "");
    failure->status = (int)status;
    failure->retry_after_s = retry_after_s;
    return -1;
}

static int send_event(struct sender *sender, const struct outgoing *event, struct failure *failure)
{
    struct curl_slist *headers = make_headers(sender->output, event);
    CURL *curl = sender->curl;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    sender->answer_bytes = 0;
    sender->refused = NULL;
    *sender->error = '\0';
    if (headers && !curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) &&
        !curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)event->bytes) &&
        !curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)event->data))
        code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    int error = code ? no_answer(sender, code, failure) : judge(sender, event, failure);
    sender->delivered = error ? 0 : sender->delivered + 1;
    return error;
}

/* Each was answered before the next one went. */
static int64_t sure(struct sender *sender, struct failure *failure)
{
    (void)failure;
    return sender->delivered;
}

const struct sender_kind webhook_sender = { open_sender, close_sender, send_event, sure, sure };
