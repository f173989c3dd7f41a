/* Log-in with user name, password and key in one request; who am I; log-out. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/version.h"
#include "services/portal/accounts/attempt.h"
#include "services/portal/accounts/hasher.h"
#include "services/portal/accounts/login.h"
#include "services/portal/accounts/sessions.h"
#include "services/portal/feed/feed.h"

static struct event_about about_user(const char *user, char actor[97])
{
    snprintf(actor, 97, "user:%s", user);
    return (struct event_about){ .actor = actor };
}

static void refuse(struct attempt *login, const struct problem *problem)
{
    web_refuse(login->web, problem);
    crypto_forget(login, sizeof(*login));
    free(login);
}

/* One of the factors was wrong; the answer does not say which. */
static void fail(struct attempt *login, enum factor factor, const char *code)
{
    struct problem problem;
    if (!attempt_failed(login, factor, code, &problem))
        problem_set(&problem, "bad-login", "", "user name, password or one-time password is wrong");
    refuse(login, &problem);
}

static void begun(void *arg, const struct problem *refused, const struct identity *who, const char *cookie)
{
    struct web *web = arg;
    if (refused) {
        web_refuse(web, refused);
        return;
    }
    const struct call_session_login_reply reply = { .user = who->user, .role = who->role, .csrf = who->csrf };
    web_answer(web, &reply, cookie);
}

void login_begin_session(struct web *web, const struct account *account, bool known_address)
{
    struct portal *portal = web->portal;
    char actor[97];
    struct problem problem;
    struct event_about about = about_user(account->user, actor);
    const struct event_login_succeeded event = { .user = account->user, .address = http_peer(web->http) };
    if (account_succeeded(portal->db, account->user, http_peer(web->http), known_address, account->otp_step,
            clock_wall_ms(), &problem)) {
        web_refuse(web, &problem);
        return;
    }
    /* In the outbox, on the disk, before the session exists. With the log away the session can read, and stop things.
     */
    if (emit_login_succeeded(portal->program.bus, &about, &event, NULL, NULL) ||
        bus_outbox_sync(portal->program.bus, CLASS_ACCESS)) {
        problem_set(
            &problem, "log-unavailable", "", "the log is away and the outbox for it is full: nobody can log in");
        web_refuse(web, &problem);
        return;
    }
    session_begin(portal, account, begun, web);
}

static void verified(void *arg, bool matches, const char *hash)
{
    (void)hash;
    struct attempt *login = arg;
    const struct call_session_login *in = login->web->in;
    struct problem problem;
    /* Asked again: guesses sent side by side had all passed the first check before any of them had failed. */
    if (attempt_check_lock(login, &problem)) {
        refuse(login, &problem);
        return;
    }
    if (!matches || !login->account.user[0]) {
        fail(login, FACTOR_PASSWORD, "bad-password");
        return;
    }
    /* Read again: while this hash was made, another log-in may have used the same code. */
    if (account_find(login->web->portal->db, in->user, &login->account, &problem) <= 0 || login->account.disabled) {
        fail(login, FACTOR_PASSWORD, login->account.disabled ? "disabled" : "bad-password");
        return;
    }
    if (!attempt_key(login, in->otp)) {
        fail(login, FACTOR_KEY, "bad-otp");
        return;
    }
    login_begin_session(login->web, &login->account, login->known_address);
    crypto_forget(login, sizeof(*login));
    free(login);
}

void web_session_login(struct web *web, const void *arg)
{
    const struct call_session_login *in = arg;
    struct problem problem;
    struct attempt *login = calloc(1, sizeof(*login));
    if (!login) {
        problem_set(&problem, "no-memory", "", "out of memory");
        web_refuse(web, &problem);
        return;
    }
    if (attempt_begin(login, web, in->user, &problem)) {
        refuse(login, &problem);
        return;
    }
    /* A name that is none of ours is verified against a dummy, so that it takes as long. */
    const char *hash = login->account.user[0] ? login->account.password_hash : web->portal->dummy_hash;
    if (hasher_verify(web->portal->hasher, hash, in->password, verified, login, &problem))
        refuse(login, &problem);
}

void web_session_get(struct web *web, const void *arg)
{
    (void)arg;
    const struct call_session_get_reply reply = { .user = web->who.user,
        .role = web->who.role,
        .csrf = web->who.csrf,
        .tenant = web->who.tenant[0] ? web->who.tenant : NULL,
        .version = vedette_version };
    web_answer(web, &reply, NULL);
}

void web_session_logout(struct web *web, const void *arg)
{
    (void)arg;
    const struct call_session_logout_reply reply = { 0 };
    if (web->who.by_cookie) {
        char actor[97];
        struct event_about about = about_user(web->who.user, actor);
        const struct event_login_ended event = { .user = web->who.user };
        emit_login_ended(web->portal->program.bus, &about, &event, NULL, NULL);
        session_end(web->portal, &web->who);
        feed_end(web->portal->feed, web->actor);
    }
    web_answer(web, &reply, session_cookie_cleared);
}
