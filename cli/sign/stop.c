/* What stops: `vedette freeze`, `unfreeze`, `revoke`. */
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "cli/sign/home.h"
#include "cli/sign/sign.h"

#define FREEZE_DAYS 30       /* in which it reaches agents; in force it stays until it is unfrozen */
#define REVOCATION_DAYS 3650 /* for agents that enrol later, too */

static void set_reason(json_t *payload, const struct command *command, const struct given *given)
{
    const char *reason = given_value(command, given, "--reason");
    if (reason)
        json_object_set_new(payload, "reason", json_string(reason));
}

enum outcome run_freeze(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct trust *trust = home_trust(cli, &problem);
    char id[ID_BYTES];
    if (!trust)
        return sign_fail(command, &problem);
    compose_id(id);
    struct head head = { DOCUMENT_KIND_FREEZE, trust->body->head.deployment, id, 1, "freeze", 0, 0, FREEZE_DAYS };
    json_t *payload = compose_head(&head);
    trust_free(trust);
    if (compose_scope(cli, command, given, payload, &problem)) {
        json_decref(payload);
        return sign_fail(command, &problem);
    }
    set_reason(payload, command, given);
    return compose_and_sign(cli, command, given, payload, &problem) ? sign_fail(command, &problem) : OUTCOME_OK;
}

/* Its threshold signs it, so that it is a payload at first. */
enum outcome run_unfreeze(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct signing freeze;
    char in[PATH_MAX], out[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "FREEZE"), in, &problem) ||
        cli_path(cli, given_value(command, given, "FILE"), out, &problem) || signing_read(cli, in, &freeze, &problem))
        return sign_fail(command, &problem);
    const struct document_head *have = &freeze.document.body.head;
    struct head head = { DOCUMENT_KIND_UNFREEZE, have->deployment, have->document, have->version + 1, "unfreeze", 0, 0,
        FREEZE_DAYS };
    int error = have->kind == DOCUMENT_KIND_FREEZE
                    ? 0
                    : problem_set(&problem, "usage", "FREEZE", "FREEZE is the signed freeze that is to end");
    if (!error) {
        json_t *payload = compose_head(&head);
        set_reason(payload, command, given);
        error = compose_write(payload, out, &problem);
    }
    signing_free(&freeze);
    return error ? sign_fail(command, &problem) : OUTCOME_OK;
}

static int add_document(json_t *documents, const char *text, struct problem *problem)
{
    size_t length = strcspn(text, ":");
    char *end = "";
    unsigned long version = text[length] ? strtoul(text + length + 1, &end, 10) : 0;
    json_t *one = json_pack("{ss%}", "document", text, length);
    if (!one || *end || (text[length] && !version)) {
        json_decref(one);
        return problem_set(
            problem, "usage", "--document", "--document is a document's id, and :VERSION if later ones stay");
    }
    if (version)
        json_object_set_new(one, "version", json_integer((json_int_t)version));
    return json_array_append_new(documents, one);
}

/* All that was revoked, and this. */
static int add_revoked(
    json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    size_t documents = argument_index(command, "--document"), keys = argument_index(command, "--keyid");
    json_t *lists[] = { json_object_get(payload, "documents"), json_object_get(payload, "keys") };
    json_t *all = lists[0] ? json_incref(lists[0]) : json_array(),
           *all_keys = lists[1] ? json_incref(lists[1]) : json_array();
    int error = 0;
    for (size_t i = 0; i < given->n[documents] && !error; i++)
        error = add_document(all, given->values[documents][i], problem);
    for (size_t i = 0; i < given->n[keys] && !error; i++)
        error = json_array_append_new(all_keys, json_string(given->values[keys][i]));
    if (json_array_size(all))
        json_object_set(payload, "documents", all);
    if (json_array_size(all_keys))
        json_object_set(payload, "keys", all_keys);
    json_decref(all);
    json_decref(all_keys);
    return error;
}

enum outcome run_revoke(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct document before;
    struct trust *trust = home_trust(cli, &problem);
    if (!trust)
        return sign_fail(command, &problem);
    if (home_revocation(cli, &before, &problem)) {
        trust_free(trust);
        return sign_fail(command, &problem);
    }
    bool have = before.json;
    const char *deployment = trust->body->head.deployment, *name;
    struct head head = { DOCUMENT_KIND_REVOCATION, deployment, deployment, have ? before.body.head.version + 1 : 1,
        "revocation", 0, 0, REVOCATION_DAYS };
    json_t *payload = compose_head(&head), *value;
    trust_free(trust);
    if (have) {
        json_object_foreach(before.json, name, value)
        {
            if (!json_object_get(payload, name) && strcmp(name, "reason"))
                json_object_set_new(payload, name, json_deep_copy(value));
        }
        document_free(&before);
    }
    set_reason(payload, command, given);
    if (add_revoked(payload, command, given, &problem)) {
        json_decref(payload);
        return sign_fail(command, &problem);
    }
    return compose_and_sign(cli, command, given, payload, &problem) ? sign_fail(command, &problem) : OUTCOME_OK;
}
