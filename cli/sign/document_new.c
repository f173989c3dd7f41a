/* `vedette document new`, `trust succession`: payloads of the kinds that have no command of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "cli/sign/home.h"
#include "cli/sign/sign.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/tlog/key.h"

#define LIFE_DAYS 90 /* what endpoints allow unless their policy says otherwise */

static json_t *read_json(const struct cli *cli, const char *name, struct problem *problem)
{
    char path[PATH_MAX];
    return cli_path(cli, name, path, problem) ? NULL : json_file_read(path, DSSE_PAYLOAD_BYTES, problem);
}

/* Kinds of which a deployment has one, or whose versions are told by something else, have commands of their own. */
static int kind_of(const char *word, struct problem *problem)
{
    int kind = word_index(document_kind_words, word);
    if (kind < 0 || !(kind_rows[kind].needs & NEEDS_UNFROZEN))
        return problem_set(
            problem, "usage", "KIND", "KIND is one of task, watch, backup-plan, restore, setting, update, move");
    return kind;
}

static int set_members(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *file = given_value(command, given, "--members");
    json_t *members = file ? read_json(cli, file, problem) : NULL;
    /* What the head says is said by the options alone. */
    if (members)
        json_object_update_missing(payload, members);
    json_decref(members);
    return file && !members ? -1 : 0;
}

enum outcome run_document_new(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    int kind = kind_of(given_value(command, given, "KIND"), &problem);
    return kind < 0 ? sign_fail(command, &problem)
                    : compose_new(cli, command, given, (enum document_kind)kind, LIFE_DAYS, set_members);
}

/* What `audit recover` left beside the new tree: what was known of the old one, and the new key. */
static json_t *read_succession(const struct cli *cli, const char *folder, struct problem *problem)
{
    char name[PATH_MAX], path[PATH_MAX], *vkey;
    size_t bytes;
    snprintf(name, sizeof(name), "%.4000s/vkey", folder);
    if (cli_path(cli, name, path, problem) || file_read(path, TLOG_VKEY_BYTES, &vkey, &bytes, problem))
        return NULL;
    snprintf(name, sizeof(name), "%.4000s/succession.json", folder);
    json_t *said = read_json(cli, name, problem), *members = NULL, *old = json_object_get(said, "predecessor");
    if (said)
        members = json_pack("{sO sO sO sO ss% sO}", "class", json_object_get(said, "class"), "old",
            json_object_get(old, "origin"), "size", json_object_get(old, "size"), "root", json_object_get(old, "root"),
            "vkey", vkey, strcspn(vkey, "\n"), "reason", json_object_get(said, "reason"));
    if (said && !members)
        problem_set(problem, "bad-file", "LOG", "%.100s/succession.json is not what audit recover writes", folder);
    json_decref(said);
    free(vkey);
    return members;
}

enum outcome run_trust_succession(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX], id[ID_BYTES];
    struct trust *trust = home_trust(cli, &problem);
    if (!trust)
        return sign_fail(command, &problem);
    compose_id(id);
    struct head head = { DOCUMENT_KIND_SUCCESSION, trust->body->head.deployment, id, 1, "log succession", 0, 0,
        10 * 365 };
    json_t *members = read_succession(cli, given_value(command, given, "LOG"), &problem), *payload = NULL;
    if (members && (payload = compose_head(&head)))
        json_object_update(payload, members);
    int error = !payload || cli_path(cli, given_value(command, given, "FILE"), path, &problem);
    if (error)
        json_decref(payload);
    else
        error = compose_write(payload, path, &problem);
    json_decref(members);
    trust_free(trust);
    return error ? sign_fail(command, &problem) : OUTCOME_OK;
}
