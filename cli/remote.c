#include "cli/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "cli/route.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/message.h"

#define TOKEN_LIMIT_BYTES 256
#define REPLY_LIMIT_BYTES (64 << 20) /* 200,000 agents, the longest list, are some 30 MB */

struct remote {
    CURL *curl;
    struct curl_slist *headers;
    const char *url;
    char code[65]; /* the last refusal's, since a problem's code must outlive it */
};

static int read_token(const char *token_file, char ret[TOKEN_LIMIT_BYTES], struct problem *problem)
{
    const char *environment = getenv("VEDETTE_TOKEN");
    char *text = NULL;
    size_t bytes;
    if (token_file && file_read_secret(token_file, TOKEN_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    if (!text && !environment)
        return problem_set(problem, "no-token", "", "--url needs an API token: --token-file FILE or VEDETTE_TOKEN");
    snprintf(ret, TOKEN_LIMIT_BYTES, "%s", text ? text : environment);
    ret[strcspn(ret, "\r\n")] = '\0';
    if (text)
        crypto_forget(text, bytes);
    free(text);
    return 0;
}

static int set_headers(struct remote *remote, const char *token_file, struct problem *problem)
{
    char token[TOKEN_LIMIT_BYTES], line[TOKEN_LIMIT_BYTES + 32];
    if (read_token(token_file, token, problem))
        return -1;
    snprintf(line, sizeof(line), "Authorization: Bearer %s", token);
    struct curl_slist *first = curl_slist_append(NULL, line);
    struct curl_slist *all = first ? curl_slist_append(first, "Content-Type: application/json") : NULL;
    crypto_forget(token, sizeof(token));
    crypto_forget(line, sizeof(line));
    remote->headers = all ? all : first;
    return all ? 0 : problem_set(problem, "no-memory", "", "no memory");
}

struct remote *remote_open(const char *url, const char *token_file, const char *ca, struct problem *problem)
{
    struct remote *remote = calloc(1, sizeof(*remote));
    if (!remote || curl_global_init(CURL_GLOBAL_DEFAULT) || !(remote->curl = curl_easy_init())) {
        problem_set(problem, "no-memory", "", "cannot start libcurl");
        goto fail;
    }
    remote->url = url;
    /* A token goes over TLS or not at all. */
    if (strncmp(url, "https://", 8)) {
        problem_set(problem, "bad-url", "--url", "%.100s does not begin with https://", url);
        goto fail;
    }
    if (set_headers(remote, token_file, problem))
        goto fail;
    curl_easy_setopt(remote->curl, CURLOPT_HTTPHEADER, remote->headers);
    curl_easy_setopt(remote->curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(remote->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(remote->curl, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    curl_easy_setopt(remote->curl, CURLOPT_ACCEPT_ENCODING, "");
    if (ca)
        curl_easy_setopt(remote->curl, CURLOPT_CAINFO, ca);
    return remote;
fail:
    remote_free(remote);
    return NULL;
}

void remote_free(struct remote *remote)
{
    if (!remote)
        return;
    curl_easy_cleanup(remote->curl);
    curl_slist_free_all(remote->headers);
    free(remote);
}

static size_t take_bytes(char *data, size_t one, size_t n, void *arg)
{
    return buf_append(arg, data, one * n) ? 0 : one * n;
}

/* A refusal's JSON {code, reason, field?}; whatever else comes is told by its status. */
static void take_refusal(struct remote *remote, long status, const struct buf *body, struct problem *ret)
{
    struct problem ignored;
    json_t *json = body->length ? message_parse(body->data, body->length, &ignored) : NULL;
    const char *code = json_string_value(json_object_get(json, "code"));
    const char *reason = json_string_value(json_object_get(json, "reason"));
    const char *field = json_string_value(json_object_get(json, "field"));
    snprintf(remote->code, sizeof(remote->code), "%s", code ? code : "http");
    if (reason)
        problem_set(ret, remote->code, field ? field : "", "%s", reason);
    else
        problem_set(ret, remote->code, "", "%.150s answered with HTTP status %ld", remote->url, status);
    json_decref(json);
}

static enum outcome take_reply(
    enum call call, const struct buf *body, reply_taken *taken, void *arg, struct problem *problem)
{
    const struct shape *shape = call_rows[call].reply;
    /* A reply without fields may come without a body (204). */
    json_t *json = message_parse(body->length ? body->data : "{}", body->length ? body->length : 2, problem);
    void *reply = calloc(1, shape->size);
    enum outcome outcome = OUTCOME_REFUSED;
    if (json && reply && !message_decode(shape, json, reply, problem)) {
        taken(arg, reply);
        message_free(shape, reply);
        outcome = OUTCOME_OK;
    }
    free(reply);
    json_decref(json);
    return outcome;
}

static enum outcome transfer(struct remote *remote, enum call call, const char *url, const char *body,
    unsigned deadline_ms, reply_taken *taken, void *arg, struct problem *problem)
{
    struct buf reply = { .limit_bytes = REPLY_LIMIT_BYTES };
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;
    enum outcome outcome = OUTCOME_REFUSED;
    curl_easy_setopt(remote->curl, CURLOPT_URL, url);
    if (body)
        curl_easy_setopt(remote->curl, CURLOPT_COPYPOSTFIELDS, body);
    else
        curl_easy_setopt(remote->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(remote->curl, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
    curl_easy_setopt(remote->curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(remote->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(remote->curl, CURLOPT_WRITEDATA, &reply);
    CURLcode result = curl_easy_perform(remote->curl);
    curl_easy_getinfo(remote->curl, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK) {
        problem_set(
            problem, "no-answer", "", "%.120s: %.100s", remote->url, *error ? error : curl_easy_strerror(result));
        outcome = OUTCOME_UNREACHABLE;
    } else if (status / 100 != 2) {
        take_refusal(remote, status, &reply, problem);
    } else {
        outcome = take_reply(call, &reply, taken, arg, problem);
    }
    curl_easy_setopt(remote->curl, CURLOPT_ERRORBUFFER, NULL);
    buf_free(&reply);
    return outcome;
}

enum outcome remote_ask(struct remote *remote, enum call call, const json_t *fields, unsigned deadline_ms,
    reply_taken *taken, void *arg, struct problem *problem)
{
    const struct route_row *route = route_of(call);
    if (!route) {
        problem_set(
            problem, "local-only", "", "%s is done on the server's host only, without --url", call_rows[call].name);
        return OUTCOME_REFUSED;
    }
    struct buf url = { 0 };
    json_t *body = NULL;
    size_t base = strlen(remote->url);
    while (base && remote->url[base - 1] == '/')
        base--;
    if (buf_append(&url, remote->url, base) || route_fill(route, fields, &url, &body)) {
        problem_set(problem, "bad-url", "", "cannot build the address of %s", call_rows[call].name);
        buf_free(&url);
        return OUTCOME_USAGE;
    }
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    enum outcome outcome = transfer(remote, call, url.data, text, deadline_ms, taken, arg, problem);
    free(text);
    json_decref(body);
    buf_free(&url);
    return outcome;
}
