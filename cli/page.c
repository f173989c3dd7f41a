#include "cli/page.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "cli/page_request.h"
#include "lib/crypto.h"
#include "lib/http/http.h"
#include "lib/loop.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define LIFE_MS 3600000 /* who has gone to lunch starts it again */
#define BODY_LIMIT_BYTES 65536
#define DEADLINE_MS 15000
#define CONNECTIONS_MAX 32

struct serving {
    const struct page *page;
    struct loop *loop;
    struct loop_timer *life;
    char token[TOKEN_BYTES];
    char *last;           /* the answer after which it ends */
    const char *ended_by; /* code of the problem; NULL: by the page itself */
};

static const char *const headers[] = { HTTP_PAGE_HEADERS, "Cache-Control: no-store", NULL };

void page_origin(unsigned port, char ret[PAGE_ORIGIN_BYTES])
{
    snprintf(ret, PAGE_ORIGIN_BYTES, "http://localhost:%u", port);
}

static void answer(struct http_request *http, int status, const char *json)
{
    http_answer(http,
        &(struct http_answer){ .status = status, .type = "application/json", .data = json, .bytes = strlen(json) });
}

static void refuse(struct http_request *http, int status, const struct problem *problem)
{
    json_t *said = json_pack("{s:s, s:s}", "code", problem->code, "reason", problem->reason);
    char *json = said ? message_text(said, JSON_COMPACT) : NULL;
    answer(http, status, json ? json : "{}");
    free(json);
    json_decref(said);
}

static void stop(void *arg)
{
    struct serving *serving = arg;
    loop_stop(serving->loop);
}

/* In the HTTP thread: the last answer has been sent. */
static void last_sent(void *arg)
{
    struct serving *serving = arg;
    loop_post(serving->loop, stop, serving);
}

static void answer_last(struct serving *serving, struct http_request *http, char *json)
{
    serving->last = json;
    http_answer(http, &(struct http_answer){ .status = 200,
                          .type = "application/json",
                          .data = json,
                          .bytes = strlen(json),
                          .owner = serving,
                          .owner_free = last_sent });
}

static void take_post(struct serving *serving, struct http_request *http, const char *what)
{
    struct problem problem;
    size_t bytes;
    const char *body = http_body(http, &bytes);
    json_t *object = message_parse(body, bytes, &problem), *reply = NULL;
    enum page_step step = PAGE_STAYS;
    if (!object || serving->page->take(serving->page->arg, what, object, &reply, &step, &problem)) {
        refuse(http, 400, &problem);
        json_decref(object);
        return;
    }
    char *json = reply ? message_text(reply, JSON_COMPACT) : strdup("{}");
    if (!json)
        abort();
    if (step == PAGE_ENDS) {
        answer_last(serving, http, json);
    } else {
        answer(http, 200, json);
        free(json);
    }
    json_decref(reply);
    json_decref(object);
}

static void take_get(struct serving *serving, struct http_request *http, const char *path)
{
    const struct http_asset *asset = http_asset_find(serving->page->assets, path);
    struct problem problem;
    if (asset) {
        http_asset_answer(http, asset);
    } else if (!strcmp(path, "/work")) {
        answer(http, 200, serving->page->work);
    } else {
        problem_set(&problem, "not-found", "", "there is no such page");
        refuse(http, 404, &problem);
    }
}

static void take(void *arg, struct http_request *http)
{
    struct serving *serving = arg;
    const struct page_asked asked = {
        .method = http_method(http),
        .path = http_path(http),
        .host = http_header(http, "Host"),
        .origin = http_header(http, "Origin"),
        .site = http_header(http, "Sec-Fetch-Site"),
        .type = http_header(http, "Content-Type"),
    };
    const char *path = page_admits(&asked, serving->token, serving->page->port);
    struct problem problem;
    if (serving->last) {
        problem_set(&problem, "ended", "", "this page has done its work");
        refuse(http, 410, &problem);
    } else if (!path) {
        problem_set(&problem, "no-permission", "", "open the address that the terminal shows");
        refuse(http, 403, &problem);
    } else {
        loop_timer_set(serving->life, LIFE_MS * 1000LL);
        if (!strcmp(asked.method, "POST"))
            take_post(serving, http, path + 1);
        else
            take_get(serving, http, path);
    }
}

static void too_late(void *arg)
{
    struct serving *serving = arg;
    serving->ended_by = "timeout";
    loop_stop(serving->loop);
}

static void interrupted(void *arg)
{
    struct serving *serving = arg;
    serving->ended_by = "interrupted";
    loop_stop(serving->loop);
}

static bool has_ipv6(void)
{
    const struct sockaddr_in6 any_port = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && !bind(fd, (const struct sockaddr *)&any_port, sizeof(any_port));
    if (fd >= 0)
        close(fd);
    return has;
}

static struct http *listen_at(struct serving *serving, const char *host, struct problem *problem)
{
    char address[PAGE_ORIGIN_BYTES];
    snprintf(address, sizeof(address), "%s:%u", host, serving->page->port);
    const struct http_options options = {
        .loop = serving->loop,
        .listen = address,
        .threads = 1,
        .connections_max = CONNECTIONS_MAX,
        .body_limit_bytes = BODY_LIMIT_BYTES,
        .header_deadline_ms = DEADLINE_MS,
        .handshake_deadline_ms = DEADLINE_MS,
        .body_deadline_ms = DEADLINE_MS,
        .headers = headers,
        .take = take,
        .arg = serving,
    };
    struct http *http = http_open(&options, problem);
    if (http && http_start(http, problem)) {
        http_stop(http);
        return NULL;
    }
    return http;
}

static int no_port(const struct serving *serving, struct problem *problem)
{
    return problem_set(problem, "port", "",
        "port %u of this machine is not to be had: is another page open, or somebody in the way?", serving->page->port);
}

static int serve(struct serving *serving, struct problem *problem)
{
    char origin[PAGE_ORIGIN_BYTES];
    struct http *v6 = NULL, *v4 = listen_at(serving, "127.0.0.1", problem);
    if (!v4)
        return no_port(serving, problem);
    if (has_ipv6() && !(v6 = listen_at(serving, "[::1]", problem))) {
        http_stop(v4);
        return no_port(serving, problem);
    }
    serving->life = loop_timer(serving->loop, too_late, serving);
    loop_timer_set(serving->life, LIFE_MS * 1000LL);
    loop_signal(serving->loop, SIGINT, interrupted, serving);
    loop_signal(serving->loop, SIGTERM, interrupted, serving);
    page_origin(serving->page->port, origin);
    fprintf(stderr, "Open this page in a browser on this machine:\n\n    %s/%s/\n\n", origin, serving->token);
    loop_run(serving->loop);
    loop_timer_free(serving->life);
    http_stop(v4);
    http_stop(v6);
    if (serving->ended_by)
        return problem_set(problem, serving->ended_by, "", "the page was left without an answer");
    return 0;
}

int page_serve(const struct page *page, struct problem *problem)
{
    struct serving serving = { .page = page, .loop = loop_new() };
    if (!serving.loop)
        return problem_set(problem, "no-memory", "", "out of memory");
    crypto_token(serving.token);
    int status = serve(&serving, problem);
    free(serving.last);
    loop_free(serving.loop);
    return status;
}
