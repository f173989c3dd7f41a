/*
 * `vedette subscriber add` and `revoke`. The key pair is made here, and only the public key leaves: nobody but the
 * holder of the file, not even the server, can read the streams in its name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/bus/subscriber.h"
#include "lib/crypto.h"
#include "lib/files.h"

#define DEADLINE_MS 15000
#define TYPE_PREFIX "vedette."

/* Values of a repeated option as one text with blanks between. -1: too long. */
static int join(const struct command *command, const struct given *given, const char *name, const char *prefix,
    const char *suffix, char *ret, size_t room)
{
    size_t index = argument_index(command, name), length = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < given->n[index]; i++) {
        const char *value = given->values[index][i];
        bool whole = !strncmp(value, prefix, strlen(prefix));
        length += (size_t)snprintf(
            ret + length, room - length, "%s%s%s%s", i ? " " : "", whole ? "" : prefix, value, whole ? "" : suffix);
        if (length >= room)
            return -1;
    }
    return 0;
}

/* What is asked for, and what its holder will have; a type may be given without `vedette.` and `.v1`. */
static json_t *fields_of(const struct command *command, const struct given *given, struct bus_subscriber *subscriber,
    struct problem *problem)
{
    char classes[256];
    if (join(command, given, "--class", "", "", classes, sizeof(classes)) ||
        join(command, given, "--type", TYPE_PREFIX, ".v1", subscriber->types, sizeof(subscriber->types))) {
        problem_set(problem, "usage", "", "so many classes or types are there not");
        return NULL;
    }
    json_t *fields = ask_fields(command, given, problem);
    if (!fields)
        return NULL;
    if (!*classes)
        snprintf(classes, sizeof(classes), "%s", "alert");
    json_object_set_new(fields, "classes", json_string(classes));
    if (*subscriber->types)
        json_object_set_new(fields, "types", json_string(subscriber->types));
    bus_make_key(subscriber->secret_key);
    bus_public_key(subscriber->secret_key, subscriber->public_key);
    json_object_set_new(fields, "public_key", json_string(subscriber->public_key));
    const char *tenant = json_string_value(json_object_get(fields, "tenant"));
    snprintf(subscriber->name, sizeof(subscriber->name), "%s", given_value(command, given, "NAME"));
    snprintf(subscriber->tenant, sizeof(subscriber->tenant), "%s", tenant ? tenant : "");
    const json_t *sev = json_object_get(fields, "sev");
    subscriber->least_sev = sev ? (int)json_integer_value(sev) : 4;
    for (int class = 0; class < CLASS_COUNT; class ++)
        subscriber->classes |= strstr(classes, class_words[class]) ? 1u << class : 0;
    return fields;
}

/* Nothing is overwritten, and nothing is added that could not be written down. */
static int reserve(const char *path, struct problem *problem)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return problem_errno(problem, "file", path, "cannot make %s", path);
    close(fd);
    return 0;
}

struct added {
    struct bus_subscriber subscriber;
    uint32_t number;
};

static void take_added(void *arg, const void *answer)
{
    struct added *added = arg;
    const struct call_subscriber_add_reply *reply = answer;
    added->number = reply->subscriber;
    snprintf(added->subscriber.server_key, sizeof(added->subscriber.server_key), "%s", reply->server_key);
    snprintf(added->subscriber.live, sizeof(added->subscriber.live), "%s", reply->live);
    snprintf(added->subscriber.replay, sizeof(added->subscriber.replay), "%s", reply->replay);
}

static int write_file(const char *path, const struct bus_subscriber *subscriber, struct problem *problem)
{
    struct buf text = { 0 };
    int error = bus_subscriber_compose(subscriber, &text) ? problem_set(problem, "no-memory", "", "no memory")
                                                          : file_write(path, text.data, text.length, 0600, problem);
    crypto_forget(text.data, text.length);
    buf_free(&text);
    return error;
}

static enum outcome add(
    struct cli *cli, const char *path, const json_t *fields, struct added *added, struct problem *problem)
{
    if (reserve(path, problem))
        return OUTCOME_REFUSED;
    enum outcome outcome = ask(cli, CALL_SUBSCRIBER_ADD, fields, DEADLINE_MS, take_added, added, problem);
    if (!outcome && write_file(path, &added->subscriber, problem))
        outcome = OUTCOME_REFUSED;
    if (outcome)
        unlink(path);
    return outcome;
}

enum outcome run_subscriber_add(struct cli *cli, const struct command *command, const struct given *given)
{
    struct added added = { 0 };
    struct problem problem;
    char path[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "--out"), path, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    json_t *fields = fields_of(command, given, &added.subscriber, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    enum outcome outcome = add(cli, path, fields, &added, &problem);
    json_decref(fields);
    crypto_forget(&added.subscriber.secret_key, sizeof(added.subscriber.secret_key));
    if (outcome)
        return cli_fail(command, outcome, &problem);
    if (cli->options.json)
        printf("{\"subscriber\": %u, \"public_key\": \"%s\"}\n", added.number, added.subscriber.public_key);
    else
        printf("subscriber %u: %s\n", added.number, path);
    return OUTCOME_OK;
}

struct search {
    const char *name;
    uint32_t found;
};

static void find_name(void *arg, const void *answer)
{
    struct search *search = arg;
    const struct call_subscriber_list_reply *reply = answer;
    for (size_t i = 0; i < reply->n_rows; i++) {
        if (!reply->rows[i].has_revoked && !strcmp(reply->rows[i].name, search->name))
            search->found = reply->rows[i].subscriber;
    }
}

static enum outcome number_of(struct cli *cli, const char *which, uint32_t *ret, struct problem *problem)
{
    struct search search = { .name = which };
    size_t digits = strspn(which, "0123456789");
    if (!which[digits] && digits < 10) {
        *ret = (uint32_t)strtoul(which, NULL, 10);
        return OUTCOME_OK;
    }
    json_t *none = json_object();
    enum outcome outcome = ask(cli, CALL_SUBSCRIBER_LIST, none, DEADLINE_MS, find_name, &search, problem);
    json_decref(none);
    if (!outcome && !search.found) {
        problem_set(problem, "no-such-subscriber", "subscriber", "there is no subscriber \"%.64s\"", which);
        outcome = OUTCOME_REFUSED;
    }
    *ret = search.found;
    return outcome;
}

static void revoked(void *arg, const void *answer)
{
    (void)arg, (void)answer;
}

enum outcome run_subscriber_revoke(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    uint32_t number;
    enum outcome outcome = number_of(cli, given_value(command, given, "NAME|ID"), &number, &problem);
    if (!outcome) {
        json_t *fields = json_pack("{s:I}", "subscriber", (json_int_t)number);
        outcome = ask(cli, CALL_SUBSCRIBER_REVOKE, fields, DEADLINE_MS, revoked, NULL, &problem);
        json_decref(fields);
    }
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
