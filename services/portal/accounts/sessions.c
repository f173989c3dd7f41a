#include "services/portal/accounts/sessions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/store.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/accounts/recent.h"

#define SEEN_EVERY_MS 60000 /* how exactly idle time is kept: one write a minute, not one a request */

const char session_cookie_cleared[] =
    "Set-Cookie: " SESSION_COOKIE "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict";

static void hash_cookie(const char *cookie, char ret[SESSION_HASH_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(cookie, strlen(cookie), hash);
    crypto_hex(hash, sizeof(hash), ret);
}

static void send_words(struct portal *portal, const char *command, const struct key *key, const char *word)
{
    const struct store_word words[] = { store_text(command), { key->text, key->length }, store_text(word ? word : "") };
    store_command(portal->store, words, word ? 3 : 2, NULL, NULL);
}

static int64_t number_of(const struct store_reply *item)
{
    char text[24];
    snprintf(text, sizeof(text), "%.*s", (int)(item->bytes < 20 ? item->bytes : 20), item->text);
    return strtoll(text, NULL, 10);
}

/* What the hash of a session says. */
static bool read_session(const struct store_reply *reply, struct recent *ret, int64_t *ret_seen_ms)
{
    for (size_t i = 0; i + 1 < reply->n_items; i += 2) {
        const struct store_reply *name = &reply->items[i], *value = &reply->items[i + 1];
        if (name->type != STORE_TEXT || value->type != STORE_TEXT)
            return false;
        if (!strcmp(name->text, "user"))
            snprintf(ret->user, sizeof(ret->user), "%s", value->text);
        else if (!strcmp(name->text, "csrf"))
            snprintf(ret->csrf, sizeof(ret->csrf), "%s", value->text);
        else if (!strcmp(name->text, "created_ms"))
            ret->created_ms = number_of(value);
        else if (!strcmp(name->text, "proven_ms"))
            ret->proven_ms = number_of(value);
        else if (!strcmp(name->text, "seen_ms"))
            *ret_seen_ms = number_of(value);
        else if (!strcmp(name->text, "epoch"))
            ret->epoch = number_of(value);
    }
    return ret->user[0] && strlen(ret->csrf) == TOKEN_BYTES - 1;
}

struct identifying {
    struct portal *portal;
    session_identified *done;
    void *arg;
    char session[SESSION_HASH_BYTES];
};

/* The session is used: keep it for another idle time, but not beyond its end. */
static void keep(struct portal *portal, const char *session, int64_t created_ms, int64_t now_ms)
{
    const struct settings_portal *settings = &portal->program.settings.portal;
    int64_t left_s = settings->session_max_s - (now_ms - created_ms) / 1000;
    int64_t keep_s = left_s < settings->session_idle_s ? left_s : settings->session_idle_s;
    char now[24], seconds[24];
    struct key key = key_sess(session);
    snprintf(now, sizeof(now), "%" PRId64, now_ms);
    snprintf(seconds, sizeof(seconds), "%" PRId64, keep_s > 1 ? keep_s : 1);
    const struct store_word words[] = { store_text("HSET"), { key.text, key.length }, store_text("seen_ms"),
        store_text(now) };
    store_command(portal->store, words, 4, NULL, NULL);
    send_words(portal, "EXPIRE", &key, seconds);
}

/* The identity that a session stands for, if its user still has it. */
static bool resolve(struct portal *portal, const struct recent *found, struct identity *ret)
{
    struct account account;
    struct problem problem;
    int64_t max_ms = portal->program.settings.portal.session_max_s * 1000;
    if (clock_wall_ms() - found->created_ms > max_ms ||
        account_find(portal->db, found->user, &account, &problem) <= 0 || account.disabled ||
        account.session_epoch != found->epoch)
        return false;
    *ret = (struct identity){ .role = account.role, .by_cookie = true, .proven_ms = found->proven_ms };
    memcpy(ret->user, account.user, sizeof(ret->user));
    memcpy(ret->tenant, account.tenant, sizeof(ret->tenant));
    memcpy(ret->csrf, found->csrf, sizeof(ret->csrf));
    memcpy(ret->session, found->session, sizeof(ret->session));
    return true;
}

/* Redis is away: who was there a moment ago may go on. */
static void remember(struct identifying *asking)
{
    const struct recent *recent = recent_find(asking->session, clock_mono_ms());
    struct problem problem;
    struct identity who;
    if (recent && resolve(asking->portal, recent, &who)) {
        asking->done(asking->arg, NULL, &who);
        return;
    }
    problem_set(&problem, "store-unavailable", "", "sessions cannot be looked up just now");
    asking->done(asking->arg, &problem, NULL);
}

static void looked_up(void *arg, const struct store_reply *reply)
{
    struct identifying *asking = arg;
    struct recent found = { 0 };
    struct identity who;
    int64_t seen_ms = 0, now_ms = clock_wall_ms();
    if (!reply || reply->type != STORE_ARRAY) {
        remember(asking);
        free(asking);
        return;
    }
    memcpy(found.session, asking->session, sizeof(found.session));
    bool good = read_session(reply, &found, &seen_ms) && resolve(asking->portal, &found, &who);
    if (good)
        recent_keep(&found, clock_mono_ms());
    else
        recent_drop(asking->session);
    if (good && now_ms - seen_ms > SEEN_EVERY_MS)
        keep(asking->portal, asking->session, found.created_ms, now_ms);
    asking->done(asking->arg, NULL, good ? &who : NULL);
    free(asking);
}

void session_identify(struct portal *portal, const char *cookie, session_identified *done, void *arg)
{
    struct identifying *asking = malloc(sizeof(*asking));
    if (!asking)
        abort();
    *asking = (struct identifying){ .portal = portal, .done = done, .arg = arg };
    hash_cookie(cookie, asking->session);
    struct key key = key_sess(asking->session);
    const struct store_word words[] = { store_text("HGETALL"), { key.text, key.length } };
    if (store_command(portal->store, words, 2, looked_up, asking))
        looked_up(asking, NULL);
}

struct beginning {
    session_begun *done;
    void *arg;
    struct identity who;
    char cookie[TOKEN_BYTES];
};

static void begun(void *arg, const struct store_reply *reply)
{
    struct beginning *beginning = arg;
    if (reply && reply->type != STORE_ERROR) {
        char line[SESSION_COOKIE_LINE];
        snprintf(line, sizeof(line), "Set-Cookie: " SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict",
            beginning->cookie);
        beginning->done(beginning->arg, NULL, &beginning->who, line);
        crypto_forget(line, sizeof(line));
    } else {
        struct problem problem;
        problem_set(&problem, "store-unavailable", "", "a session cannot be kept just now: try again in a moment");
        beginning->done(beginning->arg, &problem, NULL, NULL);
    }
    crypto_forget(beginning, sizeof(*beginning));
    free(beginning);
}

static int store_session(struct portal *portal, struct beginning *beginning, int64_t epoch)
{
    const struct identity *who = &beginning->who;
    struct key key = key_sess(who->session), of_user = key_sess_user(who->user);
    char now[24], epoch_text[24], idle[24], most[24];
    snprintf(now, sizeof(now), "%" PRId64, clock_wall_ms());
    snprintf(epoch_text, sizeof(epoch_text), "%" PRId64, epoch);
    snprintf(idle, sizeof(idle), "%" PRId64, portal->program.settings.portal.session_idle_s);
    snprintf(most, sizeof(most), "%" PRId64, portal->program.settings.portal.session_max_s);
    const struct store_word words[] = { store_text("HSET"), { key.text, key.length }, store_text("user"),
        store_text(who->user), store_text("csrf"), store_text(who->csrf), store_text("created_ms"), store_text(now),
        store_text("proven_ms"), store_text(now), store_text("seen_ms"), store_text(now), store_text("epoch"),
        store_text(epoch_text) };
    if (store_command(portal->store, words, sizeof(words) / sizeof(words[0]), begun, beginning))
        return -1;
    send_words(portal, "EXPIRE", &key, idle);
    send_words(portal, "SADD", &of_user, who->session);
    send_words(portal, "EXPIRE", &of_user, most);
    return 0;
}

void session_begin(struct portal *portal, const struct account *account, session_begun *done, void *arg)
{
    struct beginning *beginning = calloc(1, sizeof(*beginning));
    if (!beginning)
        abort();
    beginning->done = done;
    beginning->arg = arg;
    beginning->who = (struct identity){ .role = account->role, .by_cookie = true };
    memcpy(beginning->who.user, account->user, sizeof(account->user));
    memcpy(beginning->who.tenant, account->tenant, sizeof(account->tenant));
    crypto_token(beginning->cookie);
    crypto_token(beginning->who.csrf);
    hash_cookie(beginning->cookie, beginning->who.session);
    if (store_session(portal, beginning, account->session_epoch))
        begun(beginning, NULL);
}

struct proving {
    session_proven *done;
    void *arg;
};

static void proven(void *arg, const struct store_reply *reply)
{
    struct proving *proving = arg;
    struct problem problem;
    bool stored = reply && reply->type != STORE_ERROR;
    if (!stored)
        problem_set(&problem, "store-unavailable", "", "that cannot be kept just now: try again in a moment");
    proving->done(proving->arg, stored ? NULL : &problem);
    free(proving);
}

void session_prove(struct portal *portal, const struct identity *who, int64_t now_ms, session_proven *done, void *arg)
{
    struct proving *proving = malloc(sizeof(*proving));
    if (!proving)
        abort();
    *proving = (struct proving){ .done = done, .arg = arg };
    char now[24], idle[24];
    struct key key = key_sess(who->session);
    snprintf(now, sizeof(now), "%" PRId64, now_ms);
    snprintf(idle, sizeof(idle), "%" PRId64, portal->program.settings.portal.session_idle_s);
    const struct store_word words[] = { store_text("HSET"), { key.text, key.length }, store_text("proven_ms"),
        store_text(now) };
    if (store_command(portal->store, words, 4, proven, proving))
        proven(proving, NULL);
    /* Of a session that has just ended this is all that stands there: it is none, and goes. */
    send_words(portal, "EXPIRE", &key, idle);
}

void session_end(struct portal *portal, const struct identity *who)
{
    struct key key = key_sess(who->session), of_user = key_sess_user(who->user);
    const struct store_word words[] = { store_text("DEL"), { key.text, key.length } };
    recent_drop(who->session);
    /* Redis is away and would bring the session back: end all of the user's, which the database can. */
    if (store_command(portal->store, words, 2, NULL, NULL))
        account_end_sessions(portal->db, who->user, NULL);
    send_words(portal, "SREM", &of_user, who->session);
}
