#include "services/portal/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus.h"
#include "lib/loop.h"
#include "services/portal/web.h"

#define KINDS_MAX 64 /* distinct refusals in a period; more are counted into the last */
#define PERIOD_MS 10000

struct refusals {
    struct bus *bus;
    size_t n_kinds;
    struct {
        const char *call, *code;
        char user[65], address[64];
        uint32_t count;
    } kinds[KINDS_MAX];
};

static void tell(void *arg)
{
    struct refusals *refusals = arg;
    const struct event_about about = { 0 };
    for (size_t i = 0; i < refusals->n_kinds; i++) {
        const struct event_api_refused event = { .call = refusals->kinds[i].call,
            .code = refusals->kinds[i].code,
            .user = refusals->kinds[i].user[0] ? refusals->kinds[i].user : NULL,
            .address = refusals->kinds[i].address,
            .has_count = true,
            .count = refusals->kinds[i].count };
        emit_api_refused(refusals->bus, &about, &event, NULL, NULL);
    }
    refusals->n_kinds = 0;
}

struct refusals *refusals_new(struct loop *loop, struct bus *bus)
{
    struct refusals *refusals = calloc(1, sizeof(*refusals));
    if (!refusals)
        return NULL;
    refusals->bus = bus;
    loop_every(loop, PERIOD_MS, tell, refusals);
    return refusals;
}

/* Those of nobody are one kind for each code, whatever was called: a stranger must not fill the log with fifty. */
static bool is_kind(const struct refusals *refusals, size_t i, const char *call, const char *code, const char *user)
{
    return !strcmp(refusals->kinds[i].user, user) && !strcmp(refusals->kinds[i].code, code) &&
           (!user[0] || refusals->kinds[i].call == call);
}

void refusals_count(struct web *web, const struct problem *problem)
{
    struct refusals *refusals = web->portal->refusals;
    int status = web_status(problem->code), number = web->match.row->call;
    if (status != 401 && status != 403)
        return;
    const char *call = number < 0 ? "stream" : call_rows[number].name;
    size_t i = 0;
    while (i < refusals->n_kinds && !is_kind(refusals, i, call, problem->code, web->who.user))
        i++;
    if (i == KINDS_MAX)
        i--;
    if (i == refusals->n_kinds) {
        refusals->n_kinds++;
        refusals->kinds[i].call = call;
        refusals->kinds[i].code = problem->code;
        refusals->kinds[i].count = 0;
        snprintf(refusals->kinds[i].user, sizeof(refusals->kinds[i].user), "%s", web->who.user);
        snprintf(refusals->kinds[i].address, sizeof(refusals->kinds[i].address), "%s", http_peer(web->http));
    }
    refusals->kinds[i].count++;
}
