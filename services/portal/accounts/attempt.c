#include "services/portal/accounts/attempt.h"

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/fold.h"
#include "services/portal/accounts/otp.h"
#include "services/portal/accounts/refusals.h"
#include "services/portal/accounts/throttle.h"
#include "services/portal/web.h"

static int say_locked(struct problem *problem, int64_t until_ms)
{
    char until[RFC3339_BYTES];
    clock_rfc3339(until, until_ms);
    return problem_set(problem, "locked", "", "too many failures: logging in is locked until %s", until);
}

static int refuse(const struct attempt *attempt, const char *code)
{
    const struct refusal refusal = { .code = code, .user = attempt->user, .address = http_peer(attempt->web->http) };
    struct refusals *refusals = attempt->web->portal->refusals;
    if (attempt->web->who.user[0])
        refusals_proof(refusals, &refusal);
    else
        refusals_login(refusals, &refusal, attempt->account.user[0]);
    return -1;
}

int attempt_check_lock(const struct attempt *attempt, struct problem *problem)
{
    int64_t until =
        account_locked_until(attempt->web->portal->db, attempt->user, attempt->known_address, clock_wall_ms(), problem);
    if (until == 0)
        return 0;
    if (until > 0)
        say_locked(problem, until);
    return refuse(attempt, problem->code);
}

int attempt_begin(struct attempt *ret, struct web *web, const char *user, struct problem *problem)
{
    struct portal *portal = web->portal;
    const char *address = http_peer(web->http);
    *ret = (struct attempt){ .web = web, .user = user };
    if (!throttle_allows(portal->throttle, address, clock_mono_ms())) {
        problem_set(problem, "slow-down", "", "too many failures from this address: wait a few seconds");
        return refuse(ret, problem->code);
    }
    ret->known_address = account_knows(portal->db, user, address, clock_wall_ms());
    if (attempt_check_lock(ret, problem))
        return -1;
    return account_find(portal->db, user, &ret->account, problem) < 0 ? refuse(ret, problem->code) : 0;
}

bool attempt_key(struct attempt *attempt, const char *otp)
{
    struct account *account = &attempt->account;
    int64_t step =
        otp_accept(attempt->web->portal->otp_key, account->otp_wrapped, otp, account->otp_step, clock_wall_ms());
    if (step >= 0)
        account->otp_step = step;
    return step >= 0;
}

/* A name that is none of ours can be locked, too, but tells nobody anything. */
static void tell_locked(const struct attempt *attempt, int64_t until_ms)
{
    const struct event_about about = { 0 };
    const struct event_login_locked locked = {
        .user = attempt->user,
        .until = until_ms,
        .address = http_peer(attempt->web->http),
    };
    if (attempt->account.user[0])
        emit_login_locked(attempt->web->portal->program.bus, &about, &locked, NULL, NULL);
}

int attempt_failed(const struct attempt *attempt, enum factor factor, const char *code, struct problem *problem)
{
    struct portal *portal = attempt->web->portal;
    throttle_failed(portal->throttle, http_peer(attempt->web->http), clock_mono_ms());
    int64_t until = account_failed(portal->db, attempt->user, attempt->known_address, factor, clock_wall_ms(), problem);
    if (until < 0)
        return -1;
    refuse(attempt, code);
    if (until == 0)
        return 0;
    tell_locked(attempt, until);
    return say_locked(problem, until);
}
