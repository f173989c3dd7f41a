/* `vedette sign draft`: a document that somebody put together in the portal. It is fetched, shown and signed here, and
 * what was signed goes back; until enough have signed, it waits there for the others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/print.h"
#include "cli/run.h"
#include "cli/sign/sign.h"
#include "lib/clock.h"

#define DEADLINE_MS 15000

static void take_draft(void *arg, const void *reply)
{
    char **text = arg;
    *text = strdup(((const struct call_document_get_reply *)reply)->dsse);
}

static enum outcome fetch(
    struct cli *cli, const struct command *command, const struct given *given, char **ret_dsse, struct problem *problem)
{
    json_t *fields = json_pack("{ss}", "document", given_value(command, given, "ID"));
    *ret_dsse = NULL;
    enum outcome outcome = ask(cli, CALL_DOCUMENT_GET, fields, DEADLINE_MS, take_draft, ret_dsse, problem);
    json_decref(fields);
    if (!outcome && !*ret_dsse) {
        problem_set(problem, "no-memory", "", "no memory for a document");
        return OUTCOME_REFUSED;
    }
    return outcome;
}

static void take_submitted(void *arg, const void *reply)
{
    print_reply(arg, &call_document_submit_reply_shape, reply);
}

static enum outcome bring_back(struct cli *cli, const struct signing *signing, struct problem *problem)
{
    struct print print = { .json = cli->options.json, .now_ms = clock_wall_ms() };
    struct buf text = { 0 };
    if (dsse_format(&signing->dsse, &text)) {
        buf_free(&text);
        problem_set(problem, "no-memory", "", "no memory for a document");
        return OUTCOME_REFUSED;
    }
    json_t *fields = json_pack("{ss%}", "dsse", text.data, text.length);
    enum outcome outcome = ask(cli, CALL_DOCUMENT_SUBMIT, fields, DEADLINE_MS, take_submitted, &print, problem);
    json_decref(fields);
    buf_free(&text);
    return outcome;
}

enum outcome run_sign_draft(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct signing signing;
    char *dsse, name[64], path[PATH_MAX];
    enum outcome outcome = fetch(cli, command, given, &dsse, &problem);
    if (outcome)
        return cli_fail(command, outcome, &problem);
    int error = signing_parse(cli, dsse, strlen(dsse), &signing, &problem);
    free(dsse);
    if (error)
        return sign_fail(command, &problem);
    snprintf(name, sizeof(name), "%s.signed.json", signing.document.body.head.document);
    if (cli_path(cli, name, path, &problem) || sign_finish(cli, command, given, &signing, path, &problem))
        outcome = OUTCOME_REFUSED;
    else
        outcome = bring_back(cli, &signing, &problem);
    signing_free(&signing);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
