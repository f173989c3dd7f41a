#include "cli/keyserver/knowledge.h"

#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/sign/home.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/signed/status.h"
#include "lib/signed/status_file.h"

#define STATUS "status"
#define TIME "time"
#define DEADLINE_MS 20000

static struct trust_revoked revoked(const struct knowledge *knowledge)
{
    return trust_revoked_by(&knowledge->revocation);
}

static const struct document_status *status_of(const struct knowledge *knowledge)
{
    return knowledge->status_counts ? &knowledge->status.body.status : NULL;
}

/* What is kept here was judged before it was. Without it an older one would be taken anew, so what cannot be read is not
 * gone without. */
static int read_status(struct knowledge *knowledge, const struct cli *cli, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    if (home_path(cli, STATUS, path, problem))
        return -1;
    int status = file_read_if_any(path, DSSE_BYTES, &text, &bytes, problem);
    if (status)
        return status < 0 ? -1 : 0;
    status = document_open_kind(text, DOCUMENT_KIND_STATUS, &knowledge->status, problem);
    free(text);
    return status;
}

static void count_status(struct knowledge *knowledge, const struct cli *cli)
{
    char path[PATH_MAX];
    knowledge->status_counts = knowledge->status.json && !home_path(cli, STATUS, path, NULL) &&
                               status_file_counts(path, knowledge->trust, revoked(knowledge));
}

static int read_time(struct knowledge *knowledge, const struct cli *cli, struct problem *problem)
{
    return home_path(cli, TIME, knowledge->time_path, problem) ||
                   time_floor_load(knowledge->time_path, &knowledge->floor, problem)
               ? -1
               : 0;
}

int knowledge_load(struct knowledge *knowledge, const struct cli *cli, struct problem *problem)
{
    *knowledge = (struct knowledge){ .trust = home_trust(cli, problem) };
    if (!knowledge->trust || home_revocation(cli, &knowledge->revocation, problem) ||
        read_status(knowledge, cli, problem) || read_time(knowledge, cli, problem))
        return -1;
    count_status(knowledge, cli);
    return 0;
}

void knowledge_free(struct knowledge *knowledge)
{
    document_free(&knowledge->revocation);
    document_free(&knowledge->status);
    trust_free(knowledge->trust);
    knowledge->trust = NULL;
}

/* One question, and what its answer led to. */
struct following {
    struct knowledge *knowledge;
    struct cli *cli;
    int error;
    struct problem *problem;
};

/* What is here already is no trouble. */
static void fail(struct following *following, const struct problem *why)
{
    if (!strcmp(why->code, "same-version"))
        return;
    *following->problem = *why;
    following->error = -1;
}

static void take_trust(void *arg, const void *reply)
{
    struct following *following = arg;
    const struct call_trust_get_reply *trusts = reply;
    struct problem why;
    for (size_t i = 0; i < trusts->n_rows && !following->error; i++) {
        if (trusts->rows[i].trust_version <= following->knowledge->trust->body->head.version)
            continue;
        struct trust *trust = NULL;
        if (home_adopt(following->cli, trusts->rows[i].dsse, strlen(trusts->rows[i].dsse), NULL, &why) ||
            !(trust = home_trust(following->cli, &why))) {
            fail(following, &why);
            continue;
        }
        trust_free(following->knowledge->trust);
        following->knowledge->trust = trust;
        count_status(following->knowledge, following->cli);
    }
}

/* 0: none is here. */
static int64_t signed_ms(const struct knowledge *knowledge)
{
    return knowledge->status.json ? knowledge->status.body.head.made_at : 0;
}

static int64_t now_ms(const struct knowledge *knowledge)
{
    int64_t wall_ms = clock_wall_ms(), least_ms = time_floor_now(&knowledge->floor), made_at = signed_ms(knowledge);
    least_ms = least_ms > made_at ? least_ms : made_at;
    return wall_ms > least_ms ? wall_ms : least_ms;
}

static int keep_status(const struct cli *cli, const char *text, struct problem *problem)
{
    char path[PATH_MAX];
    return home_path(cli, STATUS, path, problem) || file_write(path, text, strlen(text), 0600, problem) ? -1 : 0;
}

/* The next revocation or status, kept before it counts. */
static int follow(struct following *following, enum document_kind kind, const char *text, struct problem *problem)
{
    struct knowledge *knowledge = following->knowledge;
    bool revocation = kind == DOCUMENT_KIND_REVOCATION;
    struct document next, *held = revocation ? &knowledge->revocation : &knowledge->status;
    struct dsse dsse;
    if (dsse_parse(text, strlen(text), &dsse, problem))
        return -1;
    int error = revocation
                    ? revocation_follow(&dsse, knowledge->trust, revoked(knowledge), &next, problem)
                    : status_follow(&dsse, knowledge->trust, revoked(knowledge), status_of(knowledge), clock_wall_ms(),
                          &next, problem);
    dsse_free(&dsse);
    if (error)
        return -1;
    if (revocation ? home_keep_revocation(following->cli, text, strlen(text), problem)
                   : keep_status(following->cli, text, problem)) {
        document_free(&next);
        return -1;
    }
    document_free(held);
    *held = next;
    count_status(knowledge, following->cli);
    return 0;
}

static void take_revocation(void *arg, const void *reply)
{
    const char *text = ((const struct call_document_get_reply *)reply)->dsse;
    struct problem why;
    if (follow(arg, DOCUMENT_KIND_REVOCATION, text, &why))
        fail(arg, &why);
}

static void take_status(void *arg, const void *reply)
{
    const char *text = ((const struct call_status_get_reply *)reply)->dsse;
    struct problem why;
    if (text && follow(arg, DOCUMENT_KIND_STATUS, text, &why))
        fail(arg, &why);
}

static int question(struct following *following, enum call call, json_t *fields, reply_taken *taken)
{
    struct problem why;
    enum outcome outcome = ask(following->cli, call, fields, DEADLINE_MS, taken, following, &why);
    json_decref(fields);
    if (outcome != OUTCOME_OK && strcmp(why.code, "not-found")) {
        *following->problem = why;
        return -1;
    }
    return following->error;
}

int knowledge_follow(struct knowledge *knowledge, struct cli *cli, struct problem *problem)
{
    struct following following = { knowledge, cli, 0, problem };
    const struct document_head *head = &knowledge->trust->body->head;
    int error = question(&following, CALL_TRUST_GET, json_pack("{sI}", "trust_version", (json_int_t)head->version + 1),
               take_trust) ||
                   question(&following, CALL_DOCUMENT_GET,
                       json_pack("{ss ss}", "document", head->deployment, "document_kind", "revocation"),
                       take_revocation) ||
                   question(&following, CALL_STATUS_GET, json_object(), take_status);
    return time_floor_raise(&knowledge->floor, knowledge->time_path, signed_ms(knowledge), problem) || error ? -1 : 0;
}

/* It is never earlier than a status was made that people signed, nor than this machine has run for so long since. */
struct keyserver_known knowledge_now(const struct knowledge *knowledge)
{
    struct keyserver_known known = {
        .trust = knowledge->trust,
        .revoked = revoked(knowledge),
        .status = status_of(knowledge),
        .now_ms = now_ms(knowledge),
    };
    return known;
}
