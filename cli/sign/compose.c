#include "cli/sign/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/sign/home.h"
#include "cli/sign/sign.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/signed/document.h"

#define DAY_MS INT64_C(86400000)
#define DEADLINE_MS 15000

void compose_id(char ret[ID_BYTES])
{
    uint8_t random[16];
    crypto_random(random, sizeof(random));
    crypto_hex(random, sizeof(random), ret);
}

static json_t *time_json(int64_t wall_ms)
{
    char text[RFC3339_BYTES];
    clock_rfc3339(text, wall_ms);
    return json_string(text);
}

json_t *compose_head(const struct head *head)
{
    int64_t now = clock_wall_ms() / 1000 * 1000;
    int64_t from = head->not_before_ms ? head->not_before_ms : now;
    int64_t to = head->expires_ms ? head->expires_ms : from + head->default_days * DAY_MS;
    return json_pack("{ss ss ss sI ss so so so}", "deployment", head->deployment, "document", head->document, "kind",
        document_kind_words[head->kind], "version", (json_int_t)head->version, "title", head->title, "made_at",
        time_json(now), "not_before", time_json(from), "expires", time_json(to));
}

int compose_write(json_t *payload, const char *path, struct problem *problem)
{
    char *text = payload ? message_text(payload, JSON_INDENT(2)) : NULL;
    struct document document;
    json_decref(payload);
    if (!text)
        return problem_set(problem, "no-memory", "", "no memory for a document");
    int error = document_read(text, strlen(text), &document, problem);
    if (!error) {
        document_free(&document);
        error = file_write(path, text, strlen(text), 0644, problem);
    }
    free(text);
    return error;
}

int compose_and_sign(
    struct cli *cli, const struct command *command, const struct given *given, json_t *payload, struct problem *problem)
{
    char path[PATH_MAX], *text = payload ? message_text(payload, JSON_INDENT(2)) : NULL;
    struct signing signing;
    json_decref(payload);
    if (!text)
        return problem_set(problem, "no-memory", "", "no memory for a document");
    int error = cli_path(cli, given_value(command, given, "FILE"), path, problem) ||
                signing_parse(cli, text, strlen(text), &signing, problem);
    free(text);
    if (error)
        return -1;
    error = sign_finish(cli, command, given, &signing, path, problem);
    signing_free(&signing);
    return error;
}

static int time_of(
    const struct command *command, const struct given *given, const char *option, int64_t *ret, struct problem *problem)
{
    const char *text = given_value(command, given, option);
    if (text && until_parse(text, clock_wall_ms(), ret))
        return problem_set(
            problem, "usage", option, "%s wants a time (RFC 3339) or a duration from now, as 30d", option);
    return 0;
}

int compose_times(const struct command *command, const struct given *given, struct head *head, struct problem *problem)
{
    return time_of(command, given, "--not-before", &head->not_before_ms, problem) ||
                   time_of(command, given, "--expires", &head->expires_ms, problem)
               ? -1
               : 0;
}

static void take_agent(void *arg, const void *answer)
{
    const struct call_agent_get_reply *reply = answer;
    json_t **target = arg;
    if (reply->fingerprint)
        *target = json_pack(
            "{ss sI ss}", "fingerprint", reply->fingerprint, "agent", (json_int_t)reply->agent, "name", reply->name);
}

static json_t *ask_agent(struct cli *cli, const char *id, struct problem *problem)
{
    json_t *target = NULL, *fields = json_object();
    json_object_set_new(fields, "agent", json_integer(strtoll(id, NULL, 10)));
    enum outcome outcome = ask(cli, CALL_AGENT_GET, fields, DEADLINE_MS, take_agent, &target, problem);
    json_decref(fields);
    if (!outcome && !target)
        problem_set(problem, "no-key", "--agent", "agent %s has told the server no key yet", id);
    return target;
}

static json_t *target_of(struct cli *cli, const char *text, struct problem *problem)
{
    size_t length = strcspn(text, "=");
    if (!text[strspn(text, "0123456789")] && length <= 10)
        return ask_agent(cli, text, problem);
    json_t *target = json_pack("{ss%}", "fingerprint", text, length);
    if (target && text[length])
        json_object_set_new(target, "name", json_string(text + length + 1));
    if (!target)
        problem_set(problem, "usage", "--agent", "--agent wants an agent's id, or FINGERPRINT=NAME");
    return target;
}

int compose_scope(
    struct cli *cli, const struct command *command, const struct given *given, json_t *payload, struct problem *problem)
{
    static const char *const options[] = { "tenant", "site" };
    size_t agents = argument_index(command, "--agent");
    json_t *targets = json_array();
    for (size_t i = 0; i < given->n[agents]; i++) {
        json_t *target = target_of(cli, given->values[agents][i], problem);
        if (json_array_append_new(targets, target)) {
            json_decref(targets);
            return -1;
        }
    }
    if (json_array_size(targets))
        json_object_set(payload, "targets", targets);
    json_decref(targets);
    for (size_t i = 0; i < 2; i++) {
        char option[16];
        snprintf(option, sizeof(option), "--%s", options[i]);
        const char *value = given_value(command, given, option);
        if (value)
            json_object_set_new(payload, options[i], json_string(value));
    }
    return 0;
}

int compose_follow(struct cli *cli, const char *file, struct head *head, char id[ID_BYTES], struct problem *problem)
{
    struct signing before;
    char path[PATH_MAX];
    if (!file)
        return 0;
    if (cli_path(cli, file, path, problem) || signing_read(cli, path, &before, problem))
        return -1;
    const struct document_head *have = &before.document.body.head;
    int error = have->kind == (int)head->kind ? 0
                                              : problem_set(problem, "usage", "--replaces", "--replaces wants a %s",
                                                    document_kind_words[head->kind]);
    if (!error) {
        memcpy(id, have->document, ID_BYTES);
        head->version = have->version + 1;
    }
    signing_free(&before);
    return error;
}

/* The object is consumed. */
static int write_with(struct cli *cli, const struct command *command, const struct given *given, json_t *payload,
    compose_members *members, struct problem *problem)
{
    char path[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "FILE"), path, problem) ||
        compose_scope(cli, command, given, payload, problem) || members(cli, payload, command, given, problem)) {
        json_decref(payload);
        return -1;
    }
    if (compose_write(payload, path, problem))
        return -1;
    printf("%s\n", path);
    return 0;
}

enum outcome compose_new(struct cli *cli, const struct command *command, const struct given *given,
    enum document_kind kind, int default_days, compose_members *members)
{
    struct problem problem;
    char id[ID_BYTES];
    struct trust *trust = home_trust(cli, &problem);
    if (!trust)
        return sign_fail(command, &problem);
    compose_id(id);
    struct head head = { kind, trust->body->head.deployment, id, 1, given_value(command, given, "--title"), 0, 0,
        default_days };
    int error = compose_times(command, given, &head, &problem) ||
                compose_follow(cli, given_value(command, given, "--replaces"), &head, id, &problem) ||
                write_with(cli, command, given, compose_head(&head), members, &problem);
    trust_free(trust);
    return error ? sign_fail(command, &problem) : OUTCOME_OK;
}
