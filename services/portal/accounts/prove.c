/* The key again, within a session: by the limits, counters and locks of logging in (attempt.h). */
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "services/portal/accounts/attempt.h"
#include "services/portal/accounts/sessions.h"
#include "services/portal/feed/feed.h"

static void proven(void *arg, const struct problem *refused)
{
    struct web *web = arg;
    const struct call_session_prove_reply reply = {
        .until = web->who.proven_ms + web->portal->program.settings.portal.key_fresh_s * 1000,
    };
    web_answered(web, refused, &reply);
}

/* In the outbox, on the disk, before it counts, as a log-in is. */
static int tell_proven(const struct web *web, struct problem *problem)
{
    struct bus *bus = web->portal->program.bus;
    const struct event_about about = { .actor = web->actor };
    const struct event_session_proven event = { .user = web->who.user, .address = http_peer(web->http) };
    if (!emit_session_proven(bus, &about, &event, NULL, NULL) && !bus_outbox_sync(bus, CLASS_ACCESS))
        return 0;
    return problem_set(problem, "log-unavailable", "", "the log is away, and the outbox for it is full");
}

/* Whoever has guessed until the name was locked has no session any more: a stolen one is good for no more guesses than
 * a stranger has. */
static void fail(const struct attempt *attempt)
{
    struct web *web = attempt->web;
    struct problem problem;
    if (attempt_failed(attempt, FACTOR_KEY, "bad-otp", &problem)) {
        session_end(web->portal, &web->who);
        feed_end(web->portal->feed, web->actor);
    } else {
        problem_set(&problem, "bad-otp", "otp", "this is not the code that the app shows now, or it was used before");
    }
    web_refuse(web, &problem);
}

void web_session_prove(struct web *web, const void *arg)
{
    const struct call_session_prove *in = arg;
    struct portal *portal = web->portal;
    struct attempt attempt;
    struct problem problem;
    if (!web->who.by_cookie) {
        problem_set(&problem, "no-permission", "", "an API token has no key");
        web_refuse(web, &problem);
        return;
    }
    if (attempt_begin(&attempt, web, web->who.user, &problem)) {
        web_refuse(web, &problem);
        return;
    }
    if (!attempt_key(&attempt, in->otp)) {
        fail(&attempt);
    } else if (account_proven(portal->db, web->who.user, attempt.known_address, attempt.account.otp_step, &problem) ||
               tell_proven(web, &problem)) {
        web_refuse(web, &problem);
    } else {
        web->who.proven_ms = clock_wall_ms();
        session_prove(portal, &web->who, web->who.proven_ms, proven, web);
    }
    crypto_forget(&attempt, sizeof(attempt));
}
