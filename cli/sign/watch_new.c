/* `vedette watch new`: the payload of a document of watches, for its people to sign. */
#include <stdlib.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define WATCH_DAYS 90 /* as long as endpoints allow by themselves */
#define WATCHES_BYTES (256 << 10)

/* A file that holds a JSON list of watches, as docs/watches.md writes them. */
static int set_watches(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *file = given_value(command, given, "--watches");
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, file, path, problem) || file_read(path, WATCHES_BYTES, &text, &bytes, problem))
        return -1;
    struct problem why;
    json_t *watches = message_parse_list(text, bytes, &why);
    free(text);
    if (!watches)
        return problem_set(problem, "usage", "--watches", "%s holds no JSON list of watches: %s", path, why.reason);
    return json_object_set_new(payload, "watches", watches);
}

enum outcome run_watch_new(struct cli *cli, const struct command *command, const struct given *given)
{
    return compose_new(cli, command, given, DOCUMENT_KIND_WATCH, WATCH_DAYS, set_watches);
}
