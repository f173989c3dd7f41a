/* One request to an S3 server, signed by libcurl (SigV4), over TLS with one authority, along no redirect, by no
 * proxy. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/problem.h"
#include "lib/version.h"
#include "lib/target/s3.h"

#define CONNECT_LIMIT_MS 10000
#define QUIET_LIMIT_S 60L /* less than a byte a second for so long: the line is dead */

/* What goes on during a request. */
struct going {
    struct target *target;
    CURL *curl;
    const struct s3_request *request;
    struct s3_answer *answer;
    size_t sent;
    uint64_t begins;           /* where in the object the answer says that it begins */
    enum target_result ending; /* why we ended it */
};

/* Tells our own stopping from a failure of the connection. */
static bool goes_on(struct going *going, enum target_result result)
{
    if (result && !going->ending)
        going->ending = result;
    return !result;
}

static size_t give(char *place, size_t size, size_t count, void *arg)
{
    struct going *going = arg;
    size_t part = cargo_read(going->request->cargo, going->sent, place, size * count);
    going->sent += part;
    going->request->cargo->sent = true;
    return goes_on(going, target_moved(going->target, part)) ? part : CURL_READFUNC_ABORT;
}

/* libcurl wants to send once more what it has begun to send. */
static int give_again(void *arg, curl_off_t from, int origin)
{
    struct going *going = arg;
    if (origin != SEEK_SET || from < 0)
        return CURL_SEEKFUNC_FAIL;
    going->sent = (size_t)from;
    return CURL_SEEKFUNC_OK;
}

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    struct going *going = arg;
    struct fetching *fetching = going->request->fetching;
    long status = 0;
    curl_easy_getinfo(going->curl, CURLINFO_RESPONSE_CODE, &status);
    if (!fetching || status / 100 != 2)
        return buf_append(&going->answer->body, data, size * count) ? 0 : size * count;
    if (going->begins != fetching->from) {
        /* From the second piece on it is `from` that has moved; a server that knows no ranges begins at 0. */
        going->ending = TARGET_FAILED;
        return 0;
    }
    bool on = goes_on(going, fetching_give(going->target, fetching, data, size * count));
    going->begins = fetching->from;
    return on ? size * count : 0;
}

static size_t take_header(char *line, size_t size, size_t count, void *arg)
{
    struct going *going = arg;
    static const char tag[] = "etag:", version[] = "x-amz-version-id:", range[] = "content-range: bytes ";
    char text[64];
    snprintf(text, sizeof(text), "%.*s", (int)(size * count), line);
    if (!strncasecmp(text, tag, sizeof(tag) - 1))
        going->answer->tagged = true;
    if (!strncasecmp(text, version, sizeof(version) - 1))
        going->answer->versioned = true;
    if (!strncasecmp(text, range, sizeof(range) - 1))
        going->begins = strtoull(text + sizeof(range) - 1, NULL, 10);
    return size * count;
}

static int look(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct going *going = arg;
    (void)a, (void)b, (void)c, (void)d;
    return !goes_on(going, target_may_go_on(going->target));
}

static bool set_manners(CURL *curl, const struct target_conf *conf)
{
    char name[64], signing[TARGET_WORD_BYTES + 16];
    snprintf(name, sizeof(name), "vedette/%s", vedette_version);
    snprintf(signing, sizeof(signing), "aws:amz:%s:s3", conf->region);
    return !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") &&
           !curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           !curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           !curl_easy_setopt(curl, CURLOPT_PROXY, "") && !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) &&
           !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) && !curl_easy_setopt(curl, CURLOPT_USERAGENT, name) &&
           !curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, signing) && !curl_easy_setopt(curl, CURLOPT_FILETIME, 1L) &&
           !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_LIMIT_MS) &&
           !curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) &&
           !curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, QUIET_LIMIT_S) &&
           !curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) &&
           !curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)TARGET_PIECE_BYTES) &&
           !curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)TARGET_PIECE_BYTES) &&
           (!*conf->ca ||
               (!curl_easy_setopt(curl, CURLOPT_CAINFO, conf->ca) && !curl_easy_setopt(curl, CURLOPT_CAPATH, NULL)));
}

int s3_http_open(struct s3 *s3, const struct target_conf *conf, struct problem *problem)
{
    CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) ? NULL : curl_easy_init();
    s3->curl = curl;
    if (curl && set_manners(curl, conf) && !curl_easy_setopt(curl, CURLOPT_USERNAME, s3->access_key) &&
        !curl_easy_setopt(curl, CURLOPT_PASSWORD, s3->secret_key))
        return 0;
    s3_http_close(s3);
    return problem_set(problem, "no-http", "", "cannot set up libcurl");
}

void s3_http_close(struct s3 *s3)
{
    curl_easy_cleanup(s3->curl);
    s3->curl = NULL;
}

/* The request's own headers, and what every request has. NULL: no memory. */
static struct curl_slist *make_headers(const struct target *target, const struct s3_request *request)
{
    static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    char hex[HEX_BYTES(SHA256_BYTES)], line[S3_HEADER_BYTES];
    strcpy(hex, nothing);
    if (request->hash)
        crypto_hex(request->hash, SHA256_BYTES, hex);
    snprintf(line, sizeof(line), "x-amz-content-sha256: %s", hex);
    struct curl_slist *all = curl_slist_append(NULL, line);
    if (*target->conf.bucket_owner) {
        snprintf(line, sizeof(line), "x-amz-expected-bucket-owner: %s", target->conf.bucket_owner);
        all = all ? curl_slist_append(all, line) : NULL;
    }
    for (unsigned i = 0; all && i < request->n_headers; i++) {
        struct curl_slist *longer = curl_slist_append(all, request->headers[i]);
        if (!longer)
            curl_slist_free_all(all);
        all = longer;
    }
    return all;
}

static bool set_target(CURL *curl, const struct target_conf *conf, const struct s3_request *request)
{
    struct buf url = { 0 };
    bool v6 = strchr(conf->host, ':');
    const char *slash = *request->key ? "/" : "", *mark = *request->query ? "?" : "";
    bool set = !buf_format(&url, "https://%s%s%s:%u/%s%s%s%s%s", v6 ? "[" : "", conf->host, v6 ? "]" : "", conf->port,
                   conf->bucket, slash, request->key, mark, request->query) &&
               !curl_easy_setopt(curl, CURLOPT_URL, url.data);
    buf_free(&url);
    return set;
}

static bool set_method(CURL *curl, const struct s3_request *request)
{
    char range[48] = "";
    const struct fetching *fetching = request->fetching;
    if (fetching && fetching->left != UINT64_MAX)
        snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)fetching->from,
            (unsigned long long)(fetching->from + fetching->left - 1));
    else if (fetching && fetching->from)
        snprintf(range, sizeof(range), "%llu-", (unsigned long long)fetching->from);
    bool put = request->method == S3_PUT;
    return !curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L) &&
           !curl_easy_setopt(curl, CURLOPT_NOBODY, request->method == S3_HEAD ? 1L : 0L) &&
           !curl_easy_setopt(curl, CURLOPT_UPLOAD, put ? 1L : 0L) &&
           !curl_easy_setopt(
               curl, CURLOPT_INFILESIZE_LARGE, put ? (curl_off_t)request->cargo->bytes : (curl_off_t)-1) &&
           !curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method == S3_DELETE ? "DELETE" : NULL) &&
           !curl_easy_setopt(curl, CURLOPT_RANGE, *range ? range : NULL);
}

static bool set_callbacks(CURL *curl, struct going *going)
{
    return !curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) && !curl_easy_setopt(curl, CURLOPT_READDATA, going) &&
           !curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, give_again) &&
           !curl_easy_setopt(curl, CURLOPT_SEEKDATA, going) && !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) &&
           !curl_easy_setopt(curl, CURLOPT_WRITEDATA, going) &&
           !curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header) &&
           !curl_easy_setopt(curl, CURLOPT_HEADERDATA, going) &&
           !curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look) &&
           !curl_easy_setopt(curl, CURLOPT_XFERINFODATA, going);
}

static enum target_result no_answer(struct going *going, CURLcode code, const char *error, struct problem *problem)
{
    const struct target_conf *conf = &going->target->conf;
    const char *why = *error ? error : curl_easy_strerror(code);
    if (going->ending && going->ending != TARGET_FAILED)
        return going->ending;
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        problem_set(problem, "changed", conf->name, "%s:%u is not who it should be: %s", conf->host, conf->port, why);
        return TARGET_CHANGED;
    }
    if (going->ending || code == CURLE_WRITE_ERROR || code == CURLE_SSL_CACERT_BADFILE) {
        problem_set(
            problem, "bad-answer", conf->name, "%s:%u: no answer that makes sense: %s", conf->host, conf->port, why);
        return TARGET_FAILED;
    }
    problem_set(problem, "unreached", conf->name, "cannot reach %s:%u: %s", conf->host, conf->port, why);
    return TARGET_UNREACHED;
}

static void read_answer(CURL *curl, struct s3_answer *answer)
{
    curl_off_t bytes = -1, modified_s = -1;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &bytes);
    curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &modified_s);
    answer->bytes = bytes < 0 ? 0 : (uint64_t)bytes;
    answer->modified_s = modified_s < 0 ? 0 : modified_s;
}

enum target_result s3_http(
    struct target *target, const struct s3_request *request, struct s3_answer *answer, struct problem *problem)
{
    struct s3 *s3 = target->at;
    char error[CURL_ERROR_SIZE] = "";
    struct going going = { .target = target, .curl = s3->curl, .request = request, .answer = answer };
    struct curl_slist *headers = make_headers(target, request);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    answer->body.limit_bytes = S3_ANSWER_LIMIT_BYTES;
    if (headers && set_target(s3->curl, &target->conf, request) && set_method(s3->curl, request) &&
        set_callbacks(s3->curl, &going) && !curl_easy_setopt(s3->curl, CURLOPT_HTTPHEADER, headers) &&
        !curl_easy_setopt(s3->curl, CURLOPT_ERRORBUFFER, error))
        code = curl_easy_perform(s3->curl);
    curl_easy_setopt(s3->curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(s3->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (code)
        return no_answer(&going, code, error, problem);
    read_answer(s3->curl, answer);
    return TARGET_DONE;
}
