/* `vedette watch new`: the payload of a document of watches, for its people to sign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "cli/sign/home.h"
#include "cli/sign/sign.h"
#include "lib/files.h"
#include "lib/problem.h"

#define WATCH_DAYS 90 /* as long as endpoints allow by themselves */
#define WATCHES_BYTES (256 << 10)

/* A file that holds a JSON list of watches, as docs/watches.md writes them. */
static int set_watches(struct cli *cli, json_t *payload, const char *file, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    json_error_t error;
    if (cli_path(cli, file, path, problem) || file_read(path, WATCHES_BYTES, &text, &bytes, problem))
        return -1;
    json_t *watches = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    free(text);
    if (!json_is_array(watches)) {
        json_decref(watches);
        return problem_set(problem, "usage", "--watches", "%s holds no JSON list of watches", path);
    }
    return json_object_set_new(payload, "watches", watches);
}

static int set_all(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    return compose_scope(cli, command, given, payload, problem) ||
                   set_watches(cli, payload, given_value(command, given, "--watches"), problem)
               ? -1
               : 0;
}

enum outcome run_watch_new(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX], id[ID_BYTES], deployment[ID_BYTES];
    struct trust *trust = home_trust(cli, &problem);
    if (!trust)
        return sign_fail(command, &problem);
    memcpy(deployment, trust->body->head.deployment, sizeof(deployment));
    trust_free(trust);
    struct head head = { DOCUMENT_KIND_WATCH, deployment, id, 1, given_value(command, given, "--title"), 0, 0,
        WATCH_DAYS };
    compose_id(id);
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
        compose_times(command, given, &head, &problem) ||
        compose_follow(cli, given_value(command, given, "--replaces"), &head, id, &problem))
        return sign_fail(command, &problem);
    json_t *payload = compose_head(&head);
    if (set_all(cli, payload, command, given, &problem)) {
        json_decref(payload);
        return sign_fail(command, &problem);
    }
    if (compose_write(payload, path, &problem))
        return sign_fail(command, &problem);
    printf("%s\n", path);
    return OUTCOME_OK;
}
