#include "cli/keyserver/knowledge.h"

#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/sign/home.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/signed/status.h"

#define STATUS "status"
#define DEADLINE_MS 20000

static const struct document_revocation *revoked(const struct knowledge *knowledge)
{
    return knowledge->revocation.json ? &knowledge->revocation.body.revocation : NULL;
}

static const struct document_status *status_of(const struct knowledge *knowledge)
{
    return knowledge->status.json ? &knowledge->status.body.status : NULL;
}

static void read_status(struct knowledge *knowledge, const struct cli *cli)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    struct dsse dsse;
    if (home_path(cli, STATUS, path, NULL) || file_read(path, DSSE_BYTES, &text, &bytes, NULL))
        return;
    if (!dsse_parse(text, bytes, &dsse, NULL)) {
        status_follow(&dsse, knowledge->trust, NULL, clock_wall_ms(), &knowledge->status, NULL);
        dsse_free(&dsse);
    }
    free(text);
}

int knowledge_load(struct knowledge *knowledge, const struct cli *cli, struct problem *problem)
{
    *knowledge = (struct knowledge){ .trust = home_trust(cli, problem) };
    if (!knowledge->trust)
        return -1;
    home_revocation(cli, &knowledge->revocation);
    read_status(knowledge, cli);
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
    }
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
                    : status_follow(&dsse, knowledge->trust, status_of(knowledge), clock_wall_ms(), &next, problem);
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
    return question(&following, CALL_TRUST_GET, json_pack("{sI}", "trust_version", (json_int_t)head->version + 1),
               take_trust) ||
                   question(&following, CALL_DOCUMENT_GET,
                       json_pack("{ss ss}", "document", head->deployment, "document_kind", "revocation"),
                       take_revocation) ||
                   question(&following, CALL_STATUS_GET, json_object(), take_status)
               ? -1
               : 0;
}

/* It is never earlier than a status was made that people signed. */
struct keyserver_known knowledge_now(const struct knowledge *knowledge)
{
    struct keyserver_known known = {
        .trust = knowledge->trust,
        .revocation = revoked(knowledge),
        .status = status_of(knowledge),
        .now_ms = clock_wall_ms(),
    };
    if (known.status && known.now_ms < known.status->head.made_at)
        known.now_ms = known.status->head.made_at;
    return known;
}
