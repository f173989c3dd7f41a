#include "services/portal/accounts/refusals.h"

#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/fold.h"
#include "lib/loop.h"
#include "services/portal/web.h"

/* Users apart from strangers: however many of those there are, who is one of ours is told by name. */
struct refusals {
    struct bus *bus;
    struct fold requests, user_requests, logins, user_logins, proofs;
};

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static int tell_request(void *arg, const struct fold_kind *kind)
{
    struct refusals *refusals = arg;
    const struct event_about about = { .actor = or_null(kind->user) };
    const struct event_api_refused event = {
        .call = kind->call ? kind->call : FOLD_VARIOUS,
        .code = kind->code,
        .address = or_null(kind->address),
        .has_count = true,
        .count = kind->count,
    };
    if (!bus_outbox_has_room(refusals->bus, CLASS_ACCESS))
        return -1;
    return emit_api_refused(refusals->bus, &about, &event, NULL, NULL);
}

static int tell_login(void *arg, const struct fold_kind *kind)
{
    struct refusals *refusals = arg;
    const struct event_about about = { 0 };
    const struct event_login_failed event = {
        .user = or_null(kind->user),
        .code = kind->code,
        .address = or_null(kind->address),
        .has_count = true,
        .count = kind->count,
    };
    if (!bus_outbox_has_room(refusals->bus, CLASS_ACCESS))
        return -1;
    return emit_login_failed(refusals->bus, &about, &event, NULL, NULL);
}

static int tell_proof(void *arg, const struct fold_kind *kind)
{
    struct refusals *refusals = arg;
    const struct event_about about = { 0 };
    const struct event_session_refused event = {
        .user = or_null(kind->user),
        .code = kind->code,
        .address = or_null(kind->address),
        .has_count = true,
        .count = kind->count,
    };
    if (!bus_outbox_has_room(refusals->bus, CLASS_ACCESS))
        return -1;
    return emit_session_refused(refusals->bus, &about, &event, NULL, NULL);
}

void refusals_tell(struct refusals *refusals)
{
    fold_period(&refusals->requests, tell_request, refusals);
    fold_period(&refusals->user_requests, tell_request, refusals);
    fold_period(&refusals->logins, tell_login, refusals);
    fold_period(&refusals->user_logins, tell_login, refusals);
    fold_period(&refusals->proofs, tell_proof, refusals);
}

static void period(void *arg)
{
    refusals_tell(arg);
}

struct refusals *refusals_new(struct loop *loop, struct bus *bus)
{
    struct refusals *refusals = calloc(1, sizeof(*refusals));
    if (!refusals)
        return NULL;
    refusals->bus = bus;
    refusals->user_requests.by_user = refusals->user_logins.by_user = refusals->proofs.by_user = true;
    loop_every(loop, FOLD_PERIOD_MS, period, refusals);
    return refusals;
}

void refusals_count(struct web *web, const struct problem *problem)
{
    struct refusals *refusals = web->portal->refusals;
    int status = web_status(problem->code), number = web->match.row->call;
    if (status != 401 && status != 403)
        return;
    const struct refusal refusal = {
        .code = problem->code,
        .call = number < 0 ? "stream" : call_rows[number].name,
        .user = web->actor,
        .address = http_peer(web->http),
    };
    fold_add(web->who.user[0] ? &refusals->user_requests : &refusals->requests, &refusal, tell_request, refusals);
}

void refusals_login(struct refusals *refusals, const struct refusal *refusal, bool own_user)
{
    fold_add(own_user ? &refusals->user_logins : &refusals->logins, refusal, tell_login, refusals);
}

void refusals_proof(struct refusals *refusals, const struct refusal *refusal)
{
    fold_add(&refusals->proofs, refusal, tell_proof, refusals);
}
