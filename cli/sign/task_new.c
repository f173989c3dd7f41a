/* `vedette task new`: the payload of a task, for its people to sign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "lib/crypto.h"
#include "lib/files.h"

#define TIMEOUT "15m"
#define OUTPUT_LIMIT "1048576"
#define TASK_DAYS 7 /* in which a task that is done once should have reached its agents; endpoints allow 90 */
#define SCRIPT_BYTES (128 << 10)
#define FILE_LIMIT_BYTES (256 << 20) /* of a file that is hashed here */

static void set_text(json_t *payload, const char *member, const char *text)
{
    if (text)
        json_object_set_new(payload, member, json_string(text));
}

static int set_command(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *script = given_value(command, given, "--script");
    const char *interpreter = given_value(command, given, "--interpreter");
    size_t words = argument_index(command, "COMMAND");
    json_t *argv = json_array();
    for (size_t i = 0; i < given->n[words]; i++)
        json_array_append_new(argv, json_string(given->values[words][i]));
    if (json_array_size(argv))
        json_object_set(payload, "argv", argv);
    json_decref(argv);
    if (!script)
        return 0;
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, script, path, problem) || file_read(path, SCRIPT_BYTES, &text, &bytes, problem))
        return -1;
    json_t *body = json_stringn(text, bytes);
    free(text);
    if (!body)
        return problem_set(problem, "usage", "--script", "the script is not UTF-8");
    return json_object_set_new(
        payload, "script", json_pack("{s[s] so}", "interpreter", interpreter ? interpreter : "/bin/sh", "body", body));
}

/* PATH, or NAME=PATH for another name in the run's folder. */
static int add_file(struct cli *cli, json_t *files, const char *text, struct problem *problem)
{
    const char *equals = strchr(text, '='), *file = equals ? equals + 1 : text, *slash = strrchr(file, '/');
    char path[PATH_MAX], *data, hash[HEX_BYTES(SHA256_BYTES)];
    uint8_t sha256[SHA256_BYTES];
    size_t bytes;
    if (cli_path(cli, file, path, problem) || file_read(path, FILE_LIMIT_BYTES, &data, &bytes, problem))
        return -1;
    crypto_sha256(data, bytes, sha256);
    crypto_hex(sha256, sizeof(sha256), hash);
    free(data);
    const char *name = equals ? text : slash ? slash + 1 : file;
    size_t length = equals ? (size_t)(equals - text) : strlen(name);
    return json_array_append_new(
        files, json_pack("{ss sI ss%}", "sha256", hash, "bytes", (json_int_t)bytes, "path", name, length));
}

static int add_variable(struct cli *cli, json_t *variables, const char *text, struct problem *problem)
{
    size_t length = strcspn(text, "=");
    (void)cli;
    if (!text[length])
        return problem_set(problem, "usage", "--env", "--env wants NAME=VALUE");
    return json_array_append_new(variables, json_pack("{ss% ss}", "name", text, length, "value", text + length + 1));
}

/* Each of an option's values, as the document has it. NULL + problem. */
static json_t *list_of(struct cli *cli, const struct command *command, const struct given *given, const char *option,
    int (*add)(struct cli *, json_t *, const char *, struct problem *), struct problem *problem)
{
    size_t index = argument_index(command, option);
    json_t *list = json_array();
    if (!list)
        problem_set(problem, "no-memory", "", "no memory");
    for (size_t i = 0; list && i < given->n[index]; i++) {
        if (add(cli, list, given->values[index][i], problem)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Takes over the list; an empty one is left out. */
static int set_list(json_t *payload, const char *member, json_t *list)
{
    if (json_array_size(list))
        json_object_set(payload, member, list);
    json_decref(list);
    return list ? 0 : -1;
}

static int set_schedule(
    json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *calendar = given_value(command, given, "--calendar"), *zone = given_value(command, given, "--zone");
    const char *missed = given_value(command, given, "--missed");
    if (!calendar && (zone || missed))
        return problem_set(problem, "usage", "--calendar", "--zone and --missed belong to --calendar");
    if (calendar)
        json_object_set_new(payload, "schedule",
            json_pack(
                "{ss ss ss}", "calendar", calendar, "zone", zone ? zone : "UTC", "missed", missed ? missed : "skip"));
    return 0;
}

static int set_all(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *timeout = given_value(command, given, "--timeout"),
               *limit = given_value(command, given, "--output-limit");
    const char *consent = given_value(command, given, "--consent");
    set_text(payload, "user", given_value(command, given, "--user"));
    set_text(payload, "consent", consent ? consent : consent_words[CONSENT_NONE]);
    return set_command(cli, payload, command, given, problem) ||
           set_list(payload, "files", list_of(cli, command, given, "--file", add_file, problem)) ||
           set_list(payload, "environment", list_of(cli, command, given, "--env", add_variable, problem)) ||
           compose_duration(payload, "timeout_s", "--timeout", timeout ? timeout : TIMEOUT, problem) ||
           compose_number(payload, "output_limit_bytes", "--output-limit", limit ? limit : OUTPUT_LIMIT, problem) ||
           set_schedule(payload, command, given, problem) || compose_rollout(payload, command, given, problem);
}

enum outcome run_task_new(struct cli *cli, const struct command *command, const struct given *given)
{
    return compose_new(cli, command, given, DOCUMENT_KIND_TASK, TASK_DAYS, set_all);
}
