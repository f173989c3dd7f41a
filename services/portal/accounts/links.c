#include "services/portal/accounts/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/accounts/hasher.h"
#include "services/portal/accounts/login.h"
#include "services/portal/accounts/otp.h"
#include "services/portal/accounts/password.h"
#include "services/portal/feed/feed.h"
#include "services/portal/web.h"

#define LINK_LIFE_MS (24 * 3600 * 1000LL)

struct link {
    int purpose;
    char user[65]; /* "" for the first administrator: chosen at use */
    uint8_t otp_wrapped[WRAPPED_BYTES];
};

static void hash_token(const char *token, uint8_t ret[SHA256_BYTES])
{
    crypto_sha256(token, strlen(token), ret);
}

static int find_link(struct db *db, const char *token, struct link *ret, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    hash_token(token, hash);
    struct db_rows *rows =
        db_query(db, problem, "SELECT purpose, user, otp_wrapped FROM links WHERE hash = ? AND expires_ms > ?", "bi",
            hash, sizeof(hash), clock_wall_ms());
    if (!rows)
        return -1;
    bool found = db_next(rows);
    if (found) {
        size_t bytes;
        ret->purpose = (int)db_int(rows, 0);
        snprintf(ret->user, sizeof(ret->user), "%s", db_text(rows, 1) ? db_text(rows, 1) : "");
        const void *wrapped = db_blob(rows, 2, &bytes);
        memcpy(ret->otp_wrapped, wrapped, bytes < WRAPPED_BYTES ? bytes : WRAPPED_BYTES);
    }
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "reading links failed");
    return found ? 0 : problem_set(problem, "link-gone", "link_token", "this link was used, has expired or never was");
}

/* A new link replaces those of the same purpose and user: only the newest one is good. */
static int make_link(struct portal *portal, int purpose, const char *user, char ret_link[PORTAL_URL_BYTES + 64],
    int64_t *ret_expires_ms, struct problem *problem)
{
    char token[TOKEN_BYTES], url[PORTAL_URL_BYTES];
    uint8_t hash[SHA256_BYTES], wrapped[WRAPPED_BYTES];
    struct db *db = portal->db;
    crypto_token(token);
    hash_token(token, hash);
    otp_make(portal->otp_key, wrapped);
    *ret_expires_ms = clock_wall_ms() + LINK_LIFE_MS;
    if (db_begin(db, problem))
        return -1;
    if (db_run(db, problem, "DELETE FROM links WHERE purpose = ? AND user IS ?", "is", (int64_t)purpose, user) < 0 ||
        db_run(db, problem, "INSERT INTO links VALUES (?, ?, ?, ?, ?)", "bisbi", hash, sizeof(hash), (int64_t)purpose,
            user, wrapped, sizeof(wrapped), *ret_expires_ms) < 0 ||
        db_commit(db, problem)) {
        db_rollback(db);
        return -1;
    }
    portal_url(portal, url);
    /* In the fragment, which browsers do not send: the token stands in no log on the way. */
    snprintf(ret_link, PORTAL_URL_BYTES + 64, "%s/#/link/%s", url, token);
    crypto_forget(token, sizeof(token));
    return 0;
}

static int tell_invited(struct bus_request *request, int64_t expires_ms, struct problem *problem)
{
    const struct event_about about = { .actor = bus_request_actor(request) };
    const struct event_account_invited event = { .expires = expires_ms };
    if (!emit_account_invited(portal_of(request)->program.bus, &about, &event, NULL, NULL))
        return 0;
    return problem_set(problem, "log-unavailable", "", "the log is away, and the outbox for it is full");
}

void serve_user_first(struct bus_request *request, const struct call_user_first *in)
{
    (void)in;
    struct portal *portal = portal_of(request);
    struct problem problem;
    char link[PORTAL_URL_BYTES + 64];
    struct call_user_first_reply reply = { .link = link };
    int any = account_any(portal->db, &problem);
    if (any > 0)
        problem_set(&problem, "exists", "", "there is an administrator already; `vedette user reset` sets a new login");
    if (any != 0 || make_link(portal, PURPOSE_FIRST, NULL, link, &reply.expires, &problem) ||
        tell_invited(request, reply.expires, &problem))
        bus_refuse(request, &problem); /* a link that nobody was given is good for nothing */
    else
        answer_user_first(request, &reply);
    crypto_forget(link, sizeof(link));
}

static int tell_reset(struct bus_request *request, const char *user, struct problem *problem)
{
    const struct event_about about = { .actor = bus_request_actor(request) };
    const struct event_account_reset event = { .user = user };
    if (!emit_account_reset(portal_of(request)->program.bus, &about, &event, NULL, NULL))
        return 0;
    return problem_set(problem, "log-unavailable", "", "the log is away, and the outbox for it is full");
}

void serve_user_reset(struct bus_request *request, const struct call_user_reset *in)
{
    struct portal *portal = portal_of(request);
    struct problem problem;
    struct account account;
    char link[PORTAL_URL_BYTES + 64];
    struct call_user_reset_reply reply = { .link = link };
    int found = account_find(portal->db, in->user, &account, &problem);
    if (found == 0)
        problem_set(&problem, "not-found", "user", "there is no such user");
    if (found != 1 || make_link(portal, PURPOSE_RESET, in->user, link, &reply.expires, &problem) ||
        tell_reset(request, in->user, &problem))
        bus_refuse(request, &problem); /* a link that nobody was given is good for nothing */
    else
        answer_user_reset(request, &reply);
    crypto_forget(link, sizeof(link));
}

void web_link_open(struct web *web, const void *arg)
{
    const struct call_link_open *in = arg;
    struct link link = { 0 };
    struct problem problem;
    struct buf qr = { 0 };
    char base32[OTP_BASE32_BYTES], uri[OTP_URI_BYTES];
    const char *name = web->portal->program.settings.common.public_name;
    if (find_link(web->portal->db, in->link_token, &link, &problem) ||
        otp_show(web->portal->otp_key, link.otp_wrapped, link.user[0] ? link.user : name, base32, uri, &problem) ||
        otp_qr(uri, &qr, &problem)) {
        web_refuse(web, &problem);
    } else {
        const struct call_link_open_reply reply = { .purpose = link.purpose,
            .user = link.user[0] ? link.user : NULL,
            .otp_secret = base32,
            .otp_uri = uri,
            .otp_qr = qr.data };
        web_answer(web, &reply, NULL);
    }
    crypto_forget(base32, sizeof(base32));
    crypto_forget(uri, sizeof(uri));
    buf_free(&qr);
}

struct using
{
    struct web *web;
    struct link link;
    struct account account;
};

static void using_free(struct using *using)
{
    crypto_forget(using, sizeof(*using));
    free(using);
}

static int tell_account(const struct using *using, struct problem *problem)
{
    struct bus *bus = using->web->portal->program.bus;
    const struct event_about about = { 0 };
    const struct event_account_created created = { using->account.user, using->account.role };
    const struct event_account_rekeyed rekeyed = { using->account.user, http_peer(using->web->http) };
    if (using->link.purpose == PURPOSE_FIRST ? emit_account_created(bus, &about, &created, NULL, NULL)
                                             : emit_account_rekeyed(bus, &about, &rekeyed, NULL, NULL))
        return problem_set(problem, "log-unavailable", "", "the log is away, and the outbox for it is full");
    return 0;
}

/* The link goes and the account comes in one transaction: a link is good for exactly one account, once. It is told before
 * that is committed: a kill in between leaves an event too many, not an account that the log does not know. */
static int store_account(struct db *db, struct using *using, const char *token, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    struct account *account = &using->account;
    hash_token(token, hash);
    if (db_begin(db, problem))
        return -1;
    int deleted = db_run(db, problem, "DELETE FROM links WHERE hash = ?", "b", hash, sizeof(hash));
    if (deleted == 0)
        problem_set(problem, "link-gone", "link_token", "this link has just been used");
    bool first = using->link.purpose == PURPOSE_FIRST;
    /* Two links for the first administrator cannot both make one. */
    int any = first ? account_any(db, problem) : 0;
    if (any > 0)
        problem_set(problem, "link-gone", "link_token", "there is an administrator already");
    if (deleted != 1 || any != 0 ||
        (first ? account_create(db, account, clock_wall_ms(), problem)
               : account_reset(
                     db, account->user, account->password_hash, account->otp_wrapped, account->otp_step, problem)) ||
        tell_account(using, problem) || db_commit(db, problem)) {
        db_rollback(db);
        return -1;
    }
    return 0;
}

static void hashed(void *arg, bool matches, const char *hash)
{
    (void)matches;
    struct using *using = arg;
    struct web *web = using->web;
    struct portal *portal = web->portal;
    const struct call_link_use *in = web->in;
    struct problem problem;
    if (hash)
        snprintf(using->account.password_hash, sizeof(using->account.password_hash), "%s", hash);
    else
        problem_set(&problem, "no-memory", "", "out of memory");
    if (!hash || store_account(portal->db, using, in->link_token, &problem) ||
        account_find(portal->db, in->user, &using->account, &problem) != 1) {
        web_refuse(web, &problem);
        using_free(using);
        return;
    }
    char actor[97];
    snprintf(actor, sizeof(actor), "user:%s", using->account.user);
    feed_end(portal->feed, actor); /* of the sessions that the reset has ended */
    login_begin_session(
        web, &using->account, account_knows(portal->db, in->user, http_peer(web->http), clock_wall_ms()));
    using_free(using);
}

static int check_use(struct using *using, const struct call_link_use *in, struct problem *problem)
{
    struct portal *portal = using->web->portal;
    struct account *account = &using->account;
    /* What it makes is told when it is done: there must be room for that. */
    if (!bus_outbox_has_room(portal->program.bus, CLASS_ACCESS))
        return problem_set(problem, "log-unavailable", "", "the log is away, and the outbox for it is full");
    if (find_link(portal->db, in->link_token, &using->link, problem) || account_name_check(in->user, problem))
        return -1;
    if (using->link.user[0] && strcmp(using->link.user, in->user))
        return problem_set(problem, "bad-user", "user", "this link is for another user");
    if (password_check(in->password, in->user, problem))
        return -1;
    account->otp_step = otp_accept(portal->otp_key, using->link.otp_wrapped, in->otp, 0, clock_wall_ms());
    if (account->otp_step < 0)
        return problem_set(
            problem, "bad-otp", "otp", "this is not the code that the app shows now; is the clock right?");
    snprintf(account->user, sizeof(account->user), "%s", in->user);
    account->role = ROLE_ADMINISTRATOR;
    memcpy(account->otp_wrapped, using->link.otp_wrapped, WRAPPED_BYTES);
    return 0;
}

void web_link_use(struct web *web, const void *arg)
{
    const struct call_link_use *in = arg;
    struct problem problem;
    struct using *using = calloc(1, sizeof(*using));
    if (!using) {
        problem_set(&problem, "no-memory", "", "out of memory");
        web_refuse(web, &problem);
        return;
    }
    using->web = web;
    if (check_use(using, in, &problem) || hasher_make(web->portal->hasher, in->password, hashed, using, &problem)) {
        web_refuse(web, &problem);
        using_free(using);
    }
}

void links_forget(struct db *db, int64_t now_ms)
{
    db_run(db, NULL, "DELETE FROM links WHERE expires_ms < ?", "i", now_ms);
}
