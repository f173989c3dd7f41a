#include "lib/http/private.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/loop.h"

static void request_free(struct http_request *request)
{
    for (size_t i = 0; i < request->n_query; i++) {
        free(request->query[i].name);
        free(request->query[i].value);
    }
    http_outgoing_free(&request->answer);
    atomic_fetch_sub(&request->http->large_bytes, request->large_bytes);
    buf_free(&request->body);
    free(request->path);
    free(request);
}

void http_request_release(struct http_request *request)
{
    if (request && atomic_fetch_sub(&request->references, 1) == 1)
        request_free(request);
}

static enum MHD_Result add_fact(
    void *facts, enum MHD_ValueKind kind, const char *name, size_t name_bytes, const char *value, size_t value_bytes)
{
    (void)kind, (void)value_bytes;
    http_facts_add(facts, name, name_bytes, value ? value : "");
    return MHD_YES;
}

/* libmicrohttpd has split the query already. */
static enum MHD_Result add_argument(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct http_request *request = arg;
    request->bad_query = request->n_query == HTTP_QUERY_MAX;
    if (request->bad_query)
        return MHD_NO;
    struct http_argument *argument = &request->query[request->n_query++];
    argument->name = strdup(name);
    argument->value = strdup(value ? value : "");
    request->bad_query =
        !argument->name || !argument->value || http_decode(argument->name) || http_decode(argument->value);
    return request->bad_query ? MHD_NO : MHD_YES;
}

static void name_peer(struct http_request *request)
{
    const struct sockaddr *address =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    socklen_t length = address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    char text[64];
    if (getnameinfo(address, length, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
        strcpy(text, "unknown");
    bool mapped = strncmp(text, "::ffff:", 7) == 0;
    strcpy(request->peer, mapped ? text + 7 : text);
}

static struct http_request *request_new(
    struct http *http, struct MHD_Connection *mhd, const char *url, const char *method)
{
    struct http_request *request = calloc(1, sizeof(*request));
    if (!request)
        return NULL;
    *request = (struct http_request){ .http = http,
        .mhd = mhd,
        .connection = http_connection_of(mhd),
        .references = 1,
        .method = method,
        .path = strdup(url),
        .body = { .limit_bytes = http->options.body_limit_bytes } };
    name_peer(request);
    MHD_get_connection_values(mhd, MHD_GET_ARGUMENT_KIND, add_argument, request);
    if (request->bad_query || !request->path || strchr(request->path, ' ') || http_decode(request->path)) {
        request_free(request);
        return NULL;
    }
    return request;
}

/* The first call for a request: its headers are complete, its body has not been read. */
static enum MHD_Result begin(struct http *http, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, void **ret_request)
{
    http_count(&http->counts.requests);
    http_connection_enter(http_connection_of(mhd), PHASE_BODY);
    struct http_facts facts = { 0 };
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, add_fact, &facts);
    const char *ambiguous = http_facts_ambiguous(&facts, strcmp(version, "HTTP/1.1") == 0);
    if (ambiguous) {
        http_count(&http->counts.refused_smuggling);
        return http_refuse(http, mhd, 400, "bad-request", ambiguous);
    }
    if (facts.length > http->options.body_limit_bytes + HTTP_SWALLOW_BYTES) {
        http_count(&http->counts.refused_oversize);
        return http_refuse(http, mhd, 413, "too-large", "the body is too large");
    }
    struct http_request *request = request_new(http, mhd, url, method);
    if (!request)
        return http_refuse(http, mhd, 400, "bad-request", "the address of the request is malformed");
    *ret_request = request;
    return MHD_YES;
}

/* Strangers may begin as many bodies as there are connections: what they may have in memory is bounded in all. */
static bool is_crowded(struct http_request *request, size_t count)
{
    struct http *http = request->http;
    if (request->crowded || !http->options.bodies_bytes_max || request->body_bytes <= HTTP_SMALL_BODY_BYTES)
        return request->crowded;
    request->large_bytes += count;
    request->crowded = atomic_fetch_add(&http->large_bytes, count) + count > http->options.bodies_bytes_max;
    if (request->crowded)
        buf_free(&request->body);
    return request->crowded;
}

/* -1: so much too long that nobody reads on. */
static int take_body(struct http_request *request, const char *bytes, size_t count)
{
    size_t limit = request->http->options.body_limit_bytes;
    request->body_bytes += count;
    if (request->body_bytes > limit + HTTP_SWALLOW_BYTES) {
        http_count(&request->http->counts.refused_oversize);
        return -1;
    }
    if (request->body_bytes > limit || is_crowded(request, count))
        return 0;
    return buf_append(&request->body, bytes, count);
}

static void hand_over(void *arg)
{
    struct http_request *request = arg;
    struct http *http = request->http;
    pthread_mutex_lock(&http->lock);
    bool abandoned = request->abandoned;
    pthread_mutex_unlock(&http->lock);
    if (abandoned)
        http_request_release(request);
    else
        http->options.take(http->options.arg, request);
}

/* Suspend the connection and give the request to the loop. */
static enum MHD_Result hand_to_loop(struct http_request *request)
{
    struct http *http = request->http;
    http_connection_enter(request->connection, PHASE_WORK);
    pthread_mutex_lock(&http->lock);
    if (http->stopping) {
        pthread_mutex_unlock(&http->lock);
        return MHD_NO;
    }
    request->handed = true;
    request->next = http->waiting;
    request->link = &http->waiting;
    if (request->next)
        request->next->link = &request->next;
    http->waiting = request;
    atomic_fetch_add(&request->references, 1);
    MHD_suspend_connection(request->mhd);
    pthread_mutex_unlock(&http->lock);
    static const char busy[] = "{\"code\":\"busy\",\"reason\":\"too many requests wait\"}";
    if (loop_post(http->options.loop, hand_over, request))
        http_answer(request, &(struct http_answer){
                                 .status = 503, .type = "application/json", .data = busy, .bytes = sizeof(busy) - 1 });
    return MHD_YES;
}

enum MHD_Result http_request_take(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_bytes, void **context)
{
    struct http *http = arg;
    struct http_request *request = *context;
    if (!request)
        return begin(http, mhd, url, method, version, context);
    if (*upload_bytes > 0) {
        int taken = take_body(request, upload, *upload_bytes);
        *upload_bytes = 0;
        return taken ? MHD_NO : MHD_YES;
    }
    if (request->handed)
        return http_answer_send(request);
    if (request->body_bytes > http->options.body_limit_bytes) {
        http_count(&http->counts.refused_oversize);
        return http_refuse(http, mhd, 413, "too-large", "the body is too large");
    }
    if (request->crowded)
        return http_refuse(http, mhd, 503, "busy", "too much is being sent at a time: try again");
    return hand_to_loop(request);
}

void http_request_completed(void *arg, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code)
{
    (void)arg, (void)code;
    struct http_request *request = *context;
    http_connection_enter(http_connection_of(mhd), PHASE_IDLE);
    /* The client broke off while the loop had its request: the stream that it was given never began. */
    if (request && request->stream)
        http_stream_unsent(request->stream);
    http_request_release(request);
    *context = NULL;
}

bool http_request_claim(struct http_request *request)
{
    struct http *http = request->http;
    pthread_mutex_lock(&http->lock);
    bool wanted = !request->abandoned && !request->answered;
    if (wanted) {
        *request->link = request->next;
        if (request->next)
            request->next->link = request->link;
        request->answered = true;
    }
    pthread_mutex_unlock(&http->lock);
    return wanted;
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

/* Headers are libmicrohttpd's: of a request that http_stop abandoned they are gone, while its call is still under way. */
static const char *look_up(const struct http_request *request, enum MHD_ValueKind kind, const char *name)
{
    return request->abandoned ? NULL : MHD_lookup_connection_value(request->mhd, kind, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
    return look_up(request, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    return look_up(request, MHD_COOKIE_KIND, name);
}

const char *http_query(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_query; i++)
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value;
    return NULL;
}

void http_each_query(
    const struct http_request *request, bool (*each)(void *arg, const char *name, const char *value), void *arg)
{
    for (size_t i = 0; i < request->n_query; i++)
        if (!each(arg, request->query[i].name, request->query[i].value))
            return;
}

const char *http_body(const struct http_request *request, size_t *ret_bytes)
{
    *ret_bytes = request->body.length;
    return request->body.data ? request->body.data : "";
}

const char *http_peer(const struct http_request *request)
{
    return request->peer;
}
