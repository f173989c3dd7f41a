#include "agent/carry/http.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/version.h"

#define URL_BYTES 512

struct session {
    CURL *curl;
    const char *server;
    char error[CURL_ERROR_SIZE];
};

void answer_free(struct answer *answer)
{
    buf_free(&answer->body);
}

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    struct buf *body = arg;
    /* Less than was offered ends the transfer: too long an answer is no answer. */
    return buf_append(body, data, size * count) ? 0 : size * count;
}

static bool set_trust(CURL *curl, const char *ca)
{
    if (!ca)
        return !curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L) &&
               !curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    struct curl_blob blob = { (void *)ca, strlen(ca), CURL_BLOB_COPY };
    /* The system's authorities are taken away, not added to. */
    return !curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) && !curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) &&
           !curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) && !curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) &&
           !curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
}

static bool set_manners(CURL *curl)
{
    char name[64];
    snprintf(name, sizeof(name), "vedette-agent/%s", vedette_version);
    return !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") &&
           !curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           !curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           !curl_easy_setopt(curl, CURLOPT_PROXY, "") && !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) &&
           !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) && !curl_easy_setopt(curl, CURLOPT_USERAGENT, name) &&
           !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_LIMIT_MS) &&
           !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)HTTP_LIMIT_MS) &&
           !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
}

struct session *session_open(const char *server, const char *ca, struct problem *problem)
{
    struct session *session = calloc(1, sizeof(*session));
    if (session)
        session->curl = curl_easy_init();
    if (!session || !session->curl || !set_trust(session->curl, ca) || !set_manners(session->curl) ||
        curl_easy_setopt(session->curl, CURLOPT_ERRORBUFFER, session->error)) {
        problem_set(problem, "no-http", "", "cannot set up libcurl");
        session_close(session);
        return NULL;
    }
    session->server = server;
    return session;
}

void session_close(struct session *session)
{
    if (!session)
        return;
    curl_easy_cleanup(session->curl);
    free(session);
}

/* Whether everything about this one request could be set; *headers is the caller's to free either way. */
static bool set_request(const struct session *session, const char *path, const struct buf *body, const char *header,
    struct buf *answer, struct curl_slist **headers)
{
    char url[URL_BYTES];
    CURL *curl = session->curl;
    if (snprintf(url, sizeof(url), "%s%s", session->server, path) >= (int)sizeof(url))
        return false;
    /* No "Expect: 100-continue": it would cost a round trip. */
    *headers = curl_slist_append(NULL, "Expect:");
    if (body)
        *headers = curl_slist_append(*headers, "Content-Type: application/json");
    if (header)
        *headers = curl_slist_append(*headers, header);
    if (curl_easy_setopt(curl, CURLOPT_URL, url) || curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) ||
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer))
        return false;
    if (!body)
        return !curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    return !curl_easy_setopt(curl, CURLOPT_POST, 1L) &&
           !curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length) &&
           !curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
}

static int no_answer(const struct session *session, CURLcode code, struct problem *problem)
{
    const char *why = *session->error ? session->error : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return problem_set(problem, "untrusted", "server", "%s is not who it should be: %s", session->server, why);
    if (code == CURLE_WRITE_ERROR)
        return problem_set(problem, "bad-answer", "server", "%s answered with more than %d bytes", session->server,
            HTTP_ANSWER_LIMIT_BYTES);
    return problem_set(problem, "unreached", "server", "cannot reach %s: %s", session->server, why);
}

int session_ask(struct session *session, const char *path, const struct buf *body, const char *header,
    struct answer *ret, struct problem *problem)
{
    struct answer answer = { .body.limit_bytes = HTTP_ANSWER_LIMIT_BYTES };
    struct curl_slist *headers = NULL;
    const char *address = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    *session->error = '\0';
    if (set_request(session, path, body, header, &answer.body, &headers))
        code = curl_easy_perform(session->curl);
    curl_slist_free_all(headers);
    if (code) {
        answer_free(&answer);
        return no_answer(session, code, problem);
    }
    curl_easy_getinfo(session->curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(session->curl, CURLINFO_PRIMARY_IP, &address);
    snprintf(answer.address, sizeof(answer.address), "%s", address ? address : "");
    *ret = answer;
    return 0;
}
