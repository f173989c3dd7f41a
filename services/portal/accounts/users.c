/* Users as administrators see them, and what stops one: calls that go on while the log is away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/db.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/feed/feed.h"
#include "services/portal/web.h"

#define USERS_MAX 10000 /* in one answer */

static void read_row(struct db_rows *rows, struct call_user_list_reply_row *ret)
{
    *ret = (struct call_user_list_reply_row){
        .user = strdup(db_text(rows, 0)),
        .role = (int)db_int(rows, 1),
        .tenant = db_text(rows, 2) ? strdup(db_text(rows, 2)) : NULL,
        .enabled = !db_int(rows, 3),
    };
}

void serve_user_list(struct bus_request *request, const struct call_user_list *in)
{
    (void)in;
    struct problem problem;
    struct call_user_list_reply reply = { .rows = calloc(USERS_MAX, sizeof(*reply.rows)) };
    struct db_rows *rows = reply.rows ? db_query(portal_of(request)->db, &problem,
                                            "SELECT user, role, tenant, disabled FROM users ORDER BY user LIMIT ?", "i",
                                            (int64_t)USERS_MAX)
                                      : NULL;
    if (!reply.rows)
        problem_set(&problem, "no-memory", "", "out of memory");
    while (rows && db_next(rows))
        read_row(rows, &reply.rows[reply.n_rows++]);
    if (rows && !db_rows_free(rows))
        answer_user_list(request, &reply);
    else
        bus_refuse(request, &problem);
    for (size_t i = 0; i < reply.n_rows; i++) {
        free((void *)reply.rows[i].user);
        free((void *)reply.rows[i].tenant);
    }
    free(reply.rows);
}

/* Live streams do not ask again by themselves. */
static void end_streams(struct bus_request *request, const char *user)
{
    char actor[97];
    snprintf(actor, sizeof(actor), "user:%s", user);
    feed_end(portal_of(request)->feed, actor);
    feed_end(portal_of(request)->feed, FEED_OF_TOKENS);
}

/* Whether somebody may log in, as it was. */
static void note_old(struct bus_request *request, const char *user)
{
    struct problem problem;
    struct db_rows *rows =
        db_query(portal_of(request)->db, &problem, "SELECT disabled FROM users WHERE user = ?", "s", user);
    if (rows && db_next(rows))
        bus_request_old(request, json_pack("{s:b}", "enabled", !db_int(rows, 0)));
    if (rows)
        db_rows_free(rows);
}

void serve_user_disable(struct bus_request *request, const struct call_user_disable *in)
{
    struct problem problem;
    note_old(request, in->user);
    if (account_disable(portal_of(request)->db, in->user, true, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    end_streams(request, in->user);
    answer_user_disable(request, &(struct call_user_disable_reply){ 0 });
}

void serve_user_enable(struct bus_request *request, const struct call_user_enable *in)
{
    struct problem problem;
    note_old(request, in->user);
    if (account_disable(portal_of(request)->db, in->user, false, &problem))
        bus_refuse(request, &problem);
    else
        answer_user_enable(request, &(struct call_user_enable_reply){ 0 });
}

void serve_session_kill(struct bus_request *request, const struct call_session_kill *in)
{
    struct problem problem;
    if (account_end_sessions(portal_of(request)->db, in->user, &problem)) {
        bus_refuse(request, &problem);
        return;
    }
    end_streams(request, in->user);
    answer_session_kill(request, &(struct call_session_kill_reply){ 0 });
}
