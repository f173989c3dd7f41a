/* `vedette trust init`, `rotate`, `adopt`: the next version of who may sign what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "cli/sign/home.h"
#include "cli/sign/people.h"
#include "cli/sign/sign.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"

#define FACTS_BYTES 65536
#define TRUST_DAYS 1826 /* five years; a rotation sets it anew */

/* In the place of what the payload has of the same service; the others stay. */
static int set_service(json_t *payload, json_t *service)
{
    const char *name = json_string_value(json_object_get(service, "service"));
    json_t *services = json_object_get(payload, "services"), *one;
    size_t i;
    if (!services && json_object_set_new(payload, "services", services = json_array()))
        return -1;
    json_array_foreach(services, i, one)
    {
        const char *other = json_string_value(json_object_get(one, "service"));
        if (name && other && !strcmp(name, other))
            return json_array_set(services, i, service);
    }
    return json_array_append(services, service);
}

static json_t *read_facts(const struct cli *cli, const char *file, struct problem *problem)
{
    char path[PATH_MAX];
    return cli_path(cli, file, path, problem) ? NULL : json_file_read(path, FACTS_BYTES, problem);
}

/* What the server says of itself (trust facts): members of a trust file, in the places of what was there. */
static int take_facts(const struct cli *cli, const char *file, json_t *payload, struct problem *problem)
{
    if (!file)
        return 0;
    json_t *facts = read_facts(cli, file, problem);
    json_t *services = json_incref(json_object_get(facts, "services")), *service;
    size_t i;
    json_object_del(facts, "services");
    int error = facts ? json_object_update(payload, facts) : -1;
    json_array_foreach(services, i, service)
        error = error || set_service(payload, service);
    json_decref(services);
    json_decref(facts);
    return error;
}

/* The restore key service's keys, as `vedette keyserver init` printed them. */
static int take_keyserver(const struct cli *cli, const char *file, json_t *payload, struct problem *problem)
{
    if (!file)
        return 0;
    json_t *service = read_facts(cli, file, problem);
    int error = service ? set_service(payload, service) : -1;
    json_decref(service);
    return error;
}

static int each(const struct command *command, const struct given *given, const char *option,
    int (*take)(const struct cli *, json_t *, const char *, struct problem *), const struct cli *cli, json_t *payload,
    struct problem *problem)
{
    size_t index = argument_index(command, option);
    for (size_t i = 0; i < given->n[index]; i++) {
        if (take(cli, payload, given->values[index][i], problem))
            return -1;
    }
    return 0;
}

static int remove_person(const struct cli *cli, json_t *payload, const char *name, struct problem *problem)
{
    (void)cli;
    return people_remove(payload, name, problem);
}

static int set_threshold(const struct cli *cli, json_t *payload, const char *text, struct problem *problem)
{
    (void)cli;
    return people_threshold(payload, text, problem);
}

static int add_witness(const struct cli *cli, json_t *payload, const char *vkey, struct problem *problem)
{
    (void)cli;
    if (!json_object_get(payload, "witnesses"))
        json_object_set_new(payload, "witnesses", json_array());
    return json_array_append_new(json_object_get(payload, "witnesses"), json_string(vkey))
               ? problem_set(problem, "usage", "--witness", "a witness is its public key")
               : 0;
}

/* What both commands take; in this order, so that somebody can be replaced in one step. */
static int take_options(const struct cli *cli, const struct command *command, const struct given *given,
    json_t *payload, struct problem *problem)
{
    const char *status = given_value(command, given, "--status-key"), *quorum = given_value(command, given, "--quorum");
    if (take_facts(cli, given_value(command, given, "--facts"), payload, problem) ||
        take_keyserver(cli, given_value(command, given, "--keyserver"), payload, problem) ||
        each(command, given, "--remove", remove_person, cli, payload, problem) ||
        each(command, given, "--person", people_add, cli, payload, problem) ||
        each(command, given, "--threshold", set_threshold, cli, payload, problem) ||
        each(command, given, "--witness", add_witness, cli, payload, problem))
        return -1;
    json_t *key = status ? people_key(cli, status, problem) : NULL;
    if (status && (!key || json_object_set_new(payload, "status_key", key)))
        return -1;
    if (quorum)
        json_object_set_new(payload, "quorum", json_integer(strtoll(quorum, NULL, 10)));
    return 0;
}

/* Whether the people and thresholds can be is found out before anybody signs. */
static int write_trust(json_t *payload, const char *path, struct problem *problem)
{
    struct dsse dsse = { 0 };
    char *text = message_text(payload, JSON_COMPACT);
    int error = text ? dsse_make(DOCUMENT_KIND_TRUST, text, strlen(text), &dsse, problem) : -1;
    struct trust *trust = error ? NULL : trust_read(&dsse, problem);
    dsse_free(&dsse);
    free(text);
    trust_free(trust);
    if (!trust) {
        json_decref(payload);
        return -1;
    }
    return compose_write(payload, path, problem);
}

static void say_next(const char *path, bool rotation)
{
    printf("%s\n", path);
    fprintf(stderr, "Now its people sign it: vedette sign %s%s\n", path,
        rotation ? " (as many as the old trust file wants, and as many as the new one)" : "");
}

enum outcome run_trust_init(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX], id[ID_BYTES];
    struct head head = { DOCUMENT_KIND_TRUST, id, id, 1, "trust file", 0, 0, TRUST_DAYS };
    compose_id(id);
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
        compose_times(command, given, &head, &problem))
        return sign_fail(command, &problem);
    json_t *payload = compose_head(&head), *people = json_array(), *thresholds = json_array();
    json_object_set_new(payload, "people", people);
    json_object_set_new(payload, "thresholds", thresholds);
    json_object_set_new(payload, "quorum", json_integer(0));
    int error = people_threshold(payload, "1", &problem) || take_options(cli, command, given, payload, &problem);
    if (error)
        json_decref(payload);
    else
        error = write_trust(payload, path, &problem);
    if (error)
        return sign_fail(command, &problem);
    say_next(path, false);
    return OUTCOME_OK;
}

/* The newest as it is, one version on. */
static json_t *following(const struct trust *trust, const struct head *head)
{
    char hash[HEX_BYTES(SHA256_BYTES)];
    const char *name;
    json_t *payload = compose_head(head), *value;
    json_object_foreach(trust->document.json, name, value)
    {
        if (!json_object_get(payload, name))
            json_object_set_new(payload, name, json_deep_copy(value));
    }
    crypto_hex(trust->sha256, sizeof(trust->sha256), hash);
    json_object_set_new(payload, "previous", json_string(hash));
    return payload;
}

enum outcome run_trust_rotate(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX];
    struct trust *trust = home_trust(cli, &problem);
    if (!trust)
        return sign_fail(command, &problem);
    const struct document_head *have = &trust->body->head;
    struct head head = { DOCUMENT_KIND_TRUST, have->deployment, have->document, have->version + 1, "trust file", 0, 0,
        TRUST_DAYS };
    json_t *payload = NULL;
    int error = cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
                compose_times(command, given, &head, &problem);
    if (!error)
        error = take_options(cli, command, given, payload = following(trust, &head), &problem);
    if (error)
        json_decref(payload);
    else
        error = write_trust(payload, path, &problem);
    trust_free(trust);
    if (error)
        return sign_fail(command, &problem);
    say_next(path, true);
    return OUTCOME_OK;
}

enum outcome run_trust_adopt(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    const char *hash = given_value(command, given, "SHA256");
    uint8_t sha256[SHA256_BYTES];
    char path[PATH_MAX], *text;
    size_t bytes;
    hash = hash && !strncmp(hash, "sha256:", 7) ? hash + 7 : hash;
    if (hash && crypto_unhex(hash, sha256, sizeof(sha256))) {
        problem_set(&problem, "usage", "SHA256", "SHA256 is sha256: and 64 hexadecimal digits");
        return sign_fail(command, &problem);
    }
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
        file_read(path, DSSE_BYTES, &text, &bytes, &problem))
        return sign_fail(command, &problem);
    bytes -= bytes && text[bytes - 1] == '\n';
    int error = home_adopt(cli, text, bytes, hash ? sha256 : NULL, &problem);
    free(text);
    return error ? sign_fail(command, &problem) : OUTCOME_OK;
}
