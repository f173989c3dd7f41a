/* `vedette document fetch`: what waits at the server for signatures, as a file for `vedette sign`. Nothing of it is
 * believed: what is signed is what that shows. */
#include <string.h>

#include "cli/ask.h"
#include "cli/run.h"
#include "cli/sign/sign.h"
#include "lib/files.h"

#define DEADLINE_MS 15000

struct fetched {
    const char *path;
    struct problem problem;
    int error;
};

static void take(void *arg, const void *answer)
{
    struct fetched *fetched = arg;
    const struct call_document_get_reply *reply = answer;
    fetched->error = file_write(fetched->path, reply->dsse, strlen(reply->dsse), 0644, &fetched->problem);
}

enum outcome run_document_fetch(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem))
        return sign_fail(command, &problem);
    struct fetched fetched = { .path = path };
    json_t *fields = ask_fields(command, given, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    enum outcome outcome = ask(cli, CALL_DOCUMENT_GET, fields, DEADLINE_MS, take, &fetched, &problem);
    json_decref(fields);
    if (outcome)
        return cli_fail(command, outcome, &problem);
    return fetched.error ? sign_fail(command, &fetched.problem) : OUTCOME_OK;
}
