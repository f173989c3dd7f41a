/* Probes of the network: a TCP connection, an HTTP answer, a certificate. Names are looked up by vedette-agent-look and
 * kept for a while; TLS is its work too. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/watch/look.h"
#include "agent/watch/reach.h"
#include "agent/watch/readings.h"
#include "agent/watch/url.h"
#include "lib/version.h"

static void connected(void *arg, int error)
{
    struct sampling *sampling = arg;
    if (error)
        reach_failed(sampling, error);
    else
        sampling_value(sampling, reach_took(sampling));
}

static void connect_tcp(struct sampling *sampling)
{
    reach_connect(sampling, (uint16_t)sampling->watch->port, NULL, connected);
}

void sample_tcp(struct sampling *sampling)
{
    reach(sampling, sampling->watch->host, connect_tcp);
}

static bool is_expected(const struct document_watched *watch, unsigned status)
{
    return watch->has_http_status ? status == watch->http_status : status >= 200 && status < 400;
}

static void answered(void *arg, int error)
{
    struct sampling *sampling = arg;
    struct sample sample = { .has_value = true, .value = reach_took(sampling) };
    unsigned status;
    if (error) {
        reach_failed(sampling, error);
        return;
    }
    if (http_status_parse(sampling->connection.answer, &status)) {
        sampling_found(sampling, LEVEL_CRITICAL, "what answers is not HTTP");
        return;
    }
    if (!is_expected(sampling->watch, status)) {
        sample.level = LEVEL_CRITICAL;
        snprintf(sample.reason, sizeof(sample.reason), "the answer has status %u", status);
    }
    sampling_done(sampling, &sample);
}

static void ask_http(struct sampling *sampling)
{
    struct url url;
    if (url_parse(sampling->watch->url, &url)) {
        sampling_found(sampling, LEVEL_UNKNOWN, "the URL cannot be read");
        return;
    }
    bool v6 = strchr(url.host, ':') != NULL;
    snprintf(sampling->question, sizeof(sampling->question),
        "GET %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: vedette-agent/%s\r\nConnection: close\r\n\r\n", url.path,
        v6 ? "[" : "", url.host, v6 ? "]" : "", url.port, vedette_version);
    reach_connect(sampling, url.port, sampling->question, answered);
}

void sample_http(struct sampling *sampling)
{
    const struct document_watched *watch = sampling->watch;
    struct url url;
    char status[8] = "-";
    if (url_parse(watch->url, &url)) {
        sampling_found(sampling, LEVEL_UNKNOWN, "the URL cannot be read");
        return;
    }
    if (watch->has_http_status)
        snprintf(status, sizeof(status), "%" PRIu32, watch->http_status);
    if (url.tls)
        look_at(sampling, (const char *const[]){ "https", watch->url, status, NULL });
    else
        reach(sampling, url.host, ask_http);
}

void sample_certificate(struct sampling *sampling)
{
    const struct document_watched *watch = sampling->watch;
    char port[8];
    snprintf(port, sizeof(port), "%" PRIu32, watch->port);
    if (watch->path)
        look_at(sampling, (const char *const[]){ "certificate-file", watch->path, NULL });
    else
        look_at(sampling, (const char *const[]){ "certificate", watch->host, port, NULL });
}
