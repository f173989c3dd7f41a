#include "services/portal/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/message/message.h"
#include "services/portal/accounts/apitokens.h"
#include "services/portal/accounts/keyrule.h"
#include "services/portal/accounts/refusals.h"
#include "services/portal/accounts/sessions.h"
#include "services/portal/assets.h"
#include "services/portal/feed/feed.h"
#include "services/portal/fleet/fleet.h"
#include "services/portal/web.h"

#define CALL_DEADLINE_MS 10000 /* the UI gives up after 20 s */

static const struct {
    enum call call;
    web_take *take;
} own_calls[] = {
    { CALL_LINK_OPEN, web_link_open },
    { CALL_LINK_USE, web_link_use },
    { CALL_SESSION_LOGIN, web_session_login },
    { CALL_SESSION_GET, web_session_get },
    { CALL_SESSION_LOGOUT, web_session_logout },
    { CALL_SESSION_PROVE, web_session_prove },
    { CALL_AGENTS_LIST, web_agents_list },
    { CALL_AGENTS_LIVE, web_agents_live },
    { CALL_AGENT_COMMAND, web_agent_command },
    { CALL_TRUST_CA, web_trust_ca },
    { CALL_SYSTEM_HEALTH, web_system_health },
    { CALL_LOG_FILE, web_log_file },
    { CALL_LOG_TILE, web_log_tile },
    { CALL_LOG_BUNDLE, web_log_bundle },
    { CALL_LOG_SEARCH, web_log_search },
    { CALL_LOG_HISTOGRAM, web_log_histogram },
    { CALL_LOG_ENTRY, web_log_entry },
    { CALL_CALENDAR_NEXT, web_calendar_next },
};

static void call(struct web *web)
{
    struct bus *bus = web->portal->program.bus;
    int number = web->match.row->call;
    if (number < 0) {
        feed_open(web);
        return;
    }
    for (size_t i = 0; i < sizeof(own_calls) / sizeof(own_calls[0]); i++) {
        if ((int)own_calls[i].call == number) {
            own_calls[i].take(web, web->in);
            return;
        }
    }
    if (call_rows[number].servers & PEER_PORTAL)
        bus_call_self(bus, (enum call)number, web->actor, web->in, web_answered, web);
    else
        bus_call(bus, (enum call)number, web->actor, web->in, CALL_DEADLINE_MS, web_answered, web);
}

/* The text field `tenant` of the decoded request; NULL if the call has none. */
static const char **request_tenant(struct web *web)
{
    if (web->match.row->call < 0)
        return NULL;
    const struct shape *shape = call_rows[web->match.row->call].request;
    for (size_t i = 0; i < shape->n_fields; i++)
        if (!strcmp(shape->fields[i].name, "tenant"))
            return (const char **)(void *)((char *)web->in + shape->fields[i].offset);
    return NULL;
}

static int no_tenant(struct problem *problem)
{
    return problem_set(problem, "no-permission", "tenant", "this is not within your tenant");
}

/* The route's tenant rule, for somebody bound to one tenant. Of `filter` the service cuts by the request's tenant, which
 * is theirs from here on; rows that say whose they are, and rows of a call without such a field, web.c cuts. */
static int check_tenant(struct web *web, struct problem *problem)
{
    const struct route_row *row = web->match.row;
    const char *own = web->who.tenant, **asked = request_tenant(web);
    if (!own[0])
        return 0;
    switch (row->tenant) {
    case TENANT_FIELD:
        return asked && *asked && !strcmp(*asked, own) ? 0 : no_tenant(problem);
    case TENANT_AGENT: {
        const json_t *agent = json_object_get(web->object, "agent");
        const char *of = fleet_tenant(web->portal->fleet, (uint32_t)json_integer_value(agent));
        return of && !strcmp(of, own) ? 0 : no_tenant(problem);
    }
    case TENANT_FILTER:
        if (asked && *asked && strcmp(*asked, own))
            return no_tenant(problem);
        if (asked)
            *asked = own;
        return 0;
    case TENANT_WHOLE:
        return no_tenant(problem);
    case TENANT_NONE:
        /* Reading about the whole and one's own session: yes. Changes that no tenant bounds: no. */
        return row->call < 0 || call_rows[row->call].log_class < 0 ? 0 : no_tenant(problem);
    }
    return no_tenant(problem);
}

struct adding {
    struct web *web;
    struct problem *problem;
    int status;
};

static bool add_argument(void *arg, const char *name, const char *value)
{
    struct adding *adding = arg;
    adding->status = route_argument(&adding->web->match, adding->web->object, name, value, adding->problem);
    return adding->status == 0;
}

static int decode(struct web *web, struct problem *problem)
{
    const struct route_row *row = web->match.row;
    bool post = !strcmp(row->method, "POST");
    size_t bytes;
    const char *body = http_body(web->http, &bytes);
    web->object = route_object(&web->match, post ? body : "", post ? bytes : 0, problem);
    if (!web->object)
        return -1;
    struct adding adding = { web, problem, 0 };
    http_each_query(web->http, add_argument, &adding);
    if (adding.status || row->call < 0)
        return adding.status;
    const struct shape *shape = call_rows[row->call].request;
    void *in = calloc(1, shape->size);
    if (!in)
        return problem_set(problem, "no-memory", "", "out of memory");
    if (message_decode(shape, web->object, in, problem)) {
        free(in);
        return -1;
    }
    web->in = in;
    return 0;
}

/* A page of another site may send requests, but neither headers of its choice nor without the browser saying so. */
static int check_origin(const struct web *web, struct problem *problem)
{
    const char *site = http_header(web->http, "Sec-Fetch-Site");
    const char *origin = http_header(web->http, "Origin");
    const char *host = http_header(web->http, "Host");
    if (site && strcmp(site, "same-origin") && strcmp(site, "none"))
        return problem_set(problem, "bad-csrf", "", "the request came from another site");
    if (origin && (!host || strncmp(origin, "https://", 8) || strcasecmp(origin + 8, host)))
        return problem_set(problem, "bad-csrf", "", "the request came from another origin");
    return 0;
}

static int check_change(const struct web *web, struct problem *problem)
{
    const char *type = http_header(web->http, "Content-Type");
    const char *csrf = http_header(web->http, "X-Vedette-CSRF");
    size_t bytes;
    http_body(web->http, &bytes);
    if (bytes > 0 && (!type || strncasecmp(type, "application/json", 16) || !strchr("; ", type[16])))
        return problem_set(problem, "not-json", "", "the body must be application/json");
    if (web->who.by_cookie &&
        (!csrf || strlen(csrf) != TOKEN_BYTES - 1 || !crypto_equal(csrf, web->who.csrf, TOKEN_BYTES - 1)))
        return problem_set(problem, "bad-csrf", "", "the header X-Vedette-CSRF is not that of the session");
    return 0;
}

static int check_role(const struct web *web, struct problem *problem)
{
    if (web->match.row->role < 0)
        return 0;
    if (!web->who.user[0])
        return problem_set(problem, "no-session", "", "log in first");
    if (web->who.role < web->match.row->role)
        return problem_set(problem, "no-permission", "", "this needs the role %s", role_words[web->match.row->role]);
    const char *call = web->match.row->call < 0 ? "stream" : call_rows[web->match.row->call].name;
    if (!apitoken_is_for(web->who.only, call))
        return problem_set(problem, "no-permission", "", "this token is for other calls than %s", call);
    return 0;
}

/* Last of all: nobody is asked for a key for what would be refused with it, too. */
static int check_key(const struct web *web, struct problem *problem)
{
    int64_t fresh_s = web->portal->program.settings.portal.key_fresh_s;
    return keyrule_check(web->match.row->key, &web->who, clock_wall_ms(), fresh_s, problem);
}

static void admit(struct web *web)
{
    struct problem problem;
    if (web->who.user[0])
        snprintf(web->actor, sizeof(web->actor), "%s:%s", web->who.by_cookie ? "user" : "api", web->who.user);
    bool post = !strcmp(web->match.row->method, "POST");
    /* Pages of a sibling of our host get the cookie sent along, and what is fetched may be forgotten by it (keyserver). */
    if (check_role(web, &problem) || ((post || web->who.by_cookie) && check_origin(web, &problem)) ||
        (post && check_change(web, &problem)) || decode(web, &problem) || check_tenant(web, &problem) ||
        check_key(web, &problem)) {
        refusals_count(web, &problem);
        web_refuse(web, &problem);
        return;
    }
    call(web);
}

static void identified(void *arg, const struct problem *refused, const struct identity *who)
{
    struct web *web = arg;
    if (refused) {
        web_refuse(web, refused);
        return;
    }
    if (who)
        web->who = *who;
    admit(web);
}

static void identify(struct web *web)
{
    const char *authorization = http_header(web->http, "Authorization");
    const char *cookie = http_cookie(web->http, SESSION_COOKIE);
    if (web->match.row->role < 0) {
        admit(web);
    } else if (authorization) {
        struct identity who = { 0 };
        struct problem problem;
        int found = apitoken_identify(web->portal->db, authorization, &who, &problem);
        identified(web, found < 0 ? &problem : NULL, found > 0 ? &who : NULL);
    } else if (cookie) {
        session_identify(web->portal, cookie, identified, web);
    } else {
        admit(web);
    }
}

static void api(struct portal *portal, struct http_request *http, const char *path)
{
    struct problem problem;
    struct web *web = calloc(1, sizeof(*web));
    if (!web) {
        problem_set(&problem, "no-memory", "", "out of memory");
        web_refuse_early(http, &problem, NULL);
        return;
    }
    web->portal = portal;
    web->http = http;
    enum route_result result = route_find(http_method(http), path, &web->match);
    if (result == ROUTE_FOUND) {
        identify(web);
        return;
    }
    if (result == ROUTE_UNKNOWN)
        problem_set(&problem, "not-found", "", "there is no such address");
    else
        problem_set(&problem, "other-method", "", "this address takes %s", web->match.allow);
    web_refuse_early(http, &problem, result == ROUTE_OTHER_METHOD ? web->match.allow : NULL);
    web_free(web);
}

void api_take(void *arg, struct http_request *http)
{
    const char *path = http_path(http);
    if (!strncmp(path, "/api/", 5) || !strncmp(path, "/log/", 5))
        api(arg, http, path);
    else
        asset_take(http, path);
}
