/* `vedette backup plan new`, `backup restore new`: payloads for their people to sign. */
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "lib/problem.h"

#define PLAN_DAYS 90   /* as long as endpoints allow by themselves */
#define RESTORE_DAYS 2 /* in which it should have reached its agent */

static void set_text(json_t *payload, const char *member, const char *text)
{
    if (text)
        json_object_set_new(payload, member, json_string(text));
}

static void set_list(
    json_t *payload, const char *member, const struct command *command, const struct given *given, const char *option)
{
    size_t index = argument_index(command, option);
    json_t *list = json_array();
    for (size_t i = 0; i < given->n[index]; i++)
        json_array_append_new(list, json_string(given->values[index][i]));
    if (json_array_size(list))
        json_object_set(payload, member, list);
    json_decref(list);
}

/* --daily, --differential, --weekly: each a calendar; --anchor names one of them. */
static int set_classes(
    json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    static const char *const options[] = { "--daily", "--differential", "--weekly" };
    const char *anchor = given_value(command, given, "--anchor");
    json_t *classes = json_array();
    bool anchored = !anchor;
    for (int class = 0; class < PLAN_CLASS_COUNT; class ++) {
        const char *calendar = given_value(command, given, options[class]);
        if (!calendar)
            continue;
        json_t *one = json_pack("{ss ss}", "class", plan_class_words[class], "calendar", calendar);
        if (anchor && !strcmp(anchor, plan_class_words[class])) {
            json_object_set_new(one, "anchor", json_true());
            anchored = true;
        }
        json_array_append_new(classes, one);
    }
    size_t n = json_array_size(classes);
    json_object_set_new(payload, "classes", classes);
    if (!n)
        return problem_set(
            problem, "usage", "--daily", "when: --daily, --differential or --weekly, each with a calendar");
    return anchored ? 0 : problem_set(problem, "usage", "--anchor", "--anchor names a class that the plan has");
}

static int set_limits(
    json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    return compose_duration(payload, "window_s", "--window", given_value(command, given, "--window"), problem) ||
           compose_duration(payload, "jitter_s", "--jitter", given_value(command, given, "--jitter"), problem) ||
           compose_number(
               payload, "bandwidth_bytes_s", "--bandwidth", given_value(command, given, "--bandwidth"), problem) ||
           compose_number(payload, "cpu_percent", "--cpu", given_value(command, given, "--cpu"), problem) ||
           compose_duration(
               payload, "fresh_within_s", "--fresh-within", given_value(command, given, "--fresh-within"), problem);
}

static int set_plan(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *zone = given_value(command, given, "--zone");
    (void)cli;
    set_list(payload, "paths", command, given, "--path");
    set_list(payload, "excluded", command, given, "--exclude");
    set_list(payload, "databases", command, given, "--database");
    set_list(payload, "dumps", command, given, "--dump");
    set_text(payload, "target", given_value(command, given, "--target"));
    set_text(payload, "zone", zone ? zone : "UTC");
    return set_classes(payload, command, given, problem) || set_limits(payload, command, given, problem) ? -1 : 0;
}

enum outcome run_backup_plan_new(struct cli *cli, const struct command *command, const struct given *given)
{
    return compose_new(cli, command, given, DOCUMENT_KIND_BACKUP_PLAN, PLAN_DAYS, set_plan);
}

/* ID=FINGERPRINT: whose backup it is, where it is another machine's. */
static int set_source(json_t *payload, const char *text, struct problem *problem)
{
    char *end;
    if (!text)
        return 0;
    unsigned long long agent = strtoull(text, &end, 10);
    if (end == text || *end != '=')
        return problem_set(
            problem, "usage", "--source", "--source wants ID=FINGERPRINT, as `vedette agents show` has them");
    return json_object_set_new(
        payload, "source", json_pack("{ss sI}", "fingerprint", end + 1, "agent", (json_int_t)agent));
}

static int set_restore(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *user = given_value(command, given, "--user"), *consent = given_value(command, given, "--consent");
    (void)cli;
    set_text(payload, "target", given_value(command, given, "--target"));
    set_text(payload, "backup", given_value(command, given, "--backup"));
    set_text(payload, "commit_sha256", given_value(command, given, "--commit"));
    set_list(payload, "paths", command, given, "--path");
    set_text(payload, "into", given_value(command, given, "--into"));
    set_text(payload, "user", user ? user : "root");
    set_text(payload, "consent", consent ? consent : consent_words[CONSENT_NONE]);
    return set_source(payload, given_value(command, given, "--source"), problem) ||
           compose_duration(
               payload, "fresh_within_s", "--fresh-within", given_value(command, given, "--fresh-within"), problem);
}

enum outcome run_backup_restore_new(struct cli *cli, const struct command *command, const struct given *given)
{
    return compose_new(cli, command, given, DOCUMENT_KIND_RESTORE, RESTORE_DAYS, set_restore);
}
