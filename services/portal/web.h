/* One request of a browser or API client on its way to its call, and the answer back. */
#ifndef VEDETTE_PORTAL_WEB_H
#define VEDETTE_PORTAL_WEB_H

#include <stdbool.h>

#include "lib/http/http.h"
#include "services/portal/accounts/apitokens.h"
#include "services/portal/portal.h"
#include "services/portal/route.h"

#define SESSION_HASH_BYTES 65 /* SHA-256 of the cookie, hexadecimal */

/* Who asks. */
struct identity {
    char user[65]; /* login name, or name of the API token; "" nobody */
    int role;
    char tenant[33];                  /* bound to this one; "" every tenant */
    char only[APITOKEN_ONLY_BYTES];   /* an API token: calls that it is for; "" all */
    bool by_cookie;                   /* a session, not an API token */
    char csrf[TOKEN_BYTES];           /* by_cookie */
    char session[SESSION_HASH_BYTES]; /* by_cookie */
    int64_t proven_ms;                /* by_cookie: when its key was last proven */
};

struct web {
    struct portal *portal;
    struct http_request *http;
    struct route_match match;
    struct identity who;
    char actor[97]; /* "user:alice", "api:ci": "" nobody */
    json_t *object;
    void *in; /* the request, of the call's shape; borrows from object */
};

/* Answer and release it. reply is of the call's reply shape; rows of other tenants are left out where the route says
 * `filter`. cookie is a Set-Cookie line or NULL. */
void web_answer(struct web *, const void *reply, const char *cookie);
void web_refuse(struct web *, const struct problem *);
/* The same as what comes of a call: web_answer or web_refuse. */
void web_answered(void *web, const struct problem *refused, const void *reply);
/* The HTTP status that stands for a problem's code. */
int web_status(const char *code);
/* Refuse a request that is not a struct web yet. allow: value for the header Allow, or NULL. */
void web_refuse_early(struct http_request *, const struct problem *, const char *allow);
void web_free(struct web *);

/* Calls that only browsers make, taken from HTTP and not from the bus: by their own module each. */
typedef void web_take(struct web *, const void *in);
web_take web_link_open, web_link_use, web_session_login, web_session_get, web_session_logout, web_session_prove,
    web_agents_list, web_agents_live, web_agent_command, web_trust_ca, web_system_health, web_log_file, web_log_tile,
    web_log_bundle, web_log_search, web_log_histogram, web_log_entry, web_calendar_next;

#endif
