#include "cli/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/harmless.h"
#include "cli/route.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/message/message.h"

#define TOKEN_LIMIT_BYTES 256
#define REPLY_LIMIT_BYTES (64 << 20) /* 200,000 agents, the longest list, are some 30 MB */
#define FILE_DEADLINE_MS 60000       /* the largest bundle of a log, 16 MiB, over a slow line */

struct remote {
    CURL *curl;
    struct curl_slist *headers;
    char *url;
};

/* The last refusal's: a problem's code must outlive whom it came from. */
static char refused_code[65];

/* "" if none is needed or given. */
static int read_token(
    const char *token_file, enum remote_token need, char ret[TOKEN_LIMIT_BYTES], struct problem *problem)
{
    const char *environment = getenv("VEDETTE_TOKEN");
    char *text = NULL;
    size_t bytes = 0;
    if (token_file && file_read_secret(token_file, TOKEN_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    if (!text && !environment && need == TOKEN_NEEDED)
        return problem_set(problem, "no-token", "", "--url needs an API token: --token-file FILE or VEDETTE_TOKEN");
    snprintf(ret, TOKEN_LIMIT_BYTES, "%s", text ? text : environment ? environment : "");
    ret[strcspn(ret, "\r\n")] = '\0';
    if (text)
        crypto_forget(text, bytes);
    free(text);
    return 0;
}

static int set_headers(struct remote *remote, const char *token_file, enum remote_token need, struct problem *problem)
{
    char token[TOKEN_LIMIT_BYTES], line[TOKEN_LIMIT_BYTES + 32];
    if (read_token(token_file, need, token, problem))
        return -1;
    snprintf(line, sizeof(line), "Authorization: Bearer %s", token);
    struct curl_slist *first = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *all = first && *token ? curl_slist_append(first, line) : first;
    crypto_forget(token, sizeof(token));
    crypto_forget(line, sizeof(line));
    remote->headers = all ? all : first;
    return all ? 0 : problem_set(problem, "no-memory", "", "no memory");
}

struct remote *remote_open(
    const char *url, const char *token_file, const char *ca, enum remote_token need, struct problem *problem)
{
    struct remote *remote = calloc(1, sizeof(*remote));
    if (!remote || !(remote->url = strdup(url)) || curl_global_init(CURL_GLOBAL_DEFAULT) ||
        !(remote->curl = curl_easy_init())) {
        problem_set(problem, "no-memory", "", "cannot start libcurl");
        goto fail;
    }
    /* A token goes over TLS or not at all. */
    if (strncmp(url, "https://", 8)) {
        problem_set(problem, "bad-url", "--url", "%.100s does not begin with https://", url);
        goto fail;
    }
    if (set_headers(remote, token_file, need, problem))
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
    free(remote->url);
    free(remote);
}

static size_t take_bytes(char *data, size_t one, size_t n, void *arg)
{
    return buf_append(arg, data, one * n) ? 0 : one * n;
}

/* A refusal's JSON {code, reason, field?}; whatever else comes is told by its status. People read it, and whoever has the
 * server may have written it. */
static void take_refusal(struct remote *remote, long status, const struct buf *body, struct problem *ret)
{
    struct problem ignored;
    struct buf shown = { 0 };
    json_t *json = body->length ? message_parse(body->data, body->length, &ignored) : NULL;
    const char *code = json_string_value(json_object_get(json, "code"));
    const char *reason = json_string_value(json_object_get(json, "reason"));
    bool is_code = code && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(code);
    snprintf(refused_code, sizeof(refused_code), "%s", is_code ? code : "http");
    if (reason && *reason && !harmless_append(&shown, reason, strlen(reason)))
        problem_set(ret, refused_code, "", "%s", shown.data);
    else
        problem_set(ret, refused_code, "", "%.150s answered with HTTP status %ld", remote->url, status);
    buf_free(&shown);
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

static enum outcome take_answer(struct remote *remote, enum call call, long status, const struct buf *body,
    reply_taken *taken, void *arg, struct problem *problem)
{
    if (status / 100 == 2)
        return take_reply(call, body, taken, arg, problem);
    take_refusal(remote, status, body, problem);
    return OUTCOME_REFUSED;
}

/* OUTCOME_OK: something was answered, *ret_status says what. */
static enum outcome transfer(struct remote *remote, const char *url, const char *body, unsigned deadline_ms,
    struct buf *ret, long *ret_status, struct problem *problem)
{
    char error[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(remote->curl, CURLOPT_URL, url);
    if (body)
        curl_easy_setopt(remote->curl, CURLOPT_COPYPOSTFIELDS, body);
    else
        curl_easy_setopt(remote->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(remote->curl, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
    curl_easy_setopt(remote->curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(remote->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(remote->curl, CURLOPT_WRITEDATA, ret);
    CURLcode result = curl_easy_perform(remote->curl);
    curl_easy_getinfo(remote->curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_easy_setopt(remote->curl, CURLOPT_ERRORBUFFER, NULL);
    if (result == CURLE_OK)
        return OUTCOME_OK;
    problem_set(problem, "no-answer", "", "%.120s: %.100s", remote->url, *error ? error : curl_easy_strerror(result));
    return OUTCOME_UNREACHABLE;
}

/* url: the remote's, without the slashes at its end. */
static int base_url(const struct remote *remote, struct buf *url)
{
    size_t base = strlen(remote->url);
    while (base && remote->url[base - 1] == '/')
        base--;
    return buf_append(url, remote->url, base);
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
    if (base_url(remote, &url) || route_fill(route, fields, &url, &body)) {
        problem_set(problem, "bad-url", "", "cannot build the address of %s", call_rows[call].name);
        buf_free(&url);
        return OUTCOME_USAGE;
    }
    struct buf reply = { .limit_bytes = REPLY_LIMIT_BYTES };
    char *text = body ? message_text(body, JSON_COMPACT) : NULL;
    long status = 0;
    enum outcome outcome = transfer(remote, url.data, text, deadline_ms, &reply, &status, problem);
    if (outcome == OUTCOME_OK)
        outcome = take_answer(remote, call, status, &reply, taken, arg, problem);
    buf_free(&reply);
    free(text);
    json_decref(body);
    buf_free(&url);
    return outcome;
}

enum outcome remote_get(struct remote *remote, const char *path, struct buf *ret, struct problem *problem)
{
    struct buf url = { 0 };
    long status = 0;
    if (base_url(remote, &url) || buf_format(&url, "/%s", path)) {
        buf_free(&url);
        problem_set(problem, "bad-url", "", "the address of %s is too long", path);
        return OUTCOME_USAGE;
    }
    enum outcome outcome = transfer(remote, url.data, NULL, FILE_DEADLINE_MS, ret, &status, problem);
    buf_free(&url);
    if (outcome != OUTCOME_OK || status == 200)
        return outcome;
    take_refusal(remote, status, ret, problem);
    if (status == 404)
        problem->code = "absent";
    return OUTCOME_REFUSED;
}
