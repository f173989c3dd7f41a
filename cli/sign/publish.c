/* `vedette trust publish`: a signed trust file or status for the server, which hands it to every agent. */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/print.h"
#include "cli/run.h"
#include "cli/sign/sign.h"
#include "lib/clock.h"
#include "lib/files.h"

#define DEADLINE_MS 15000

struct published {
    struct print print;
    enum call call;
};

static void take(void *arg, const void *reply)
{
    struct published *published = arg;
    print_reply(&published->print, call_rows[published->call].reply, reply);
}

/* Which call takes it; -1: neither. */
static int call_for(const char *text, size_t bytes, struct problem *problem)
{
    struct dsse dsse;
    if (dsse_parse(text, bytes, &dsse, problem))
        return -1;
    enum document_kind kind = dsse.kind;
    dsse_free(&dsse);
    if (kind == DOCUMENT_KIND_TRUST)
        return CALL_TRUST_PUBLISH;
    if (kind == DOCUMENT_KIND_STATUS)
        return CALL_STATUS_PUBLISH;
    return problem_set(
        problem, "usage", "FILE", "this is neither a trust file nor a status: `vedette task submit` takes it");
}

enum outcome run_trust_publish(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
        file_read(path, DSSE_BYTES, &text, &bytes, &problem))
        return sign_fail(command, &problem);
    bytes -= bytes && text[bytes - 1] == '\n';
    int call = call_for(text, bytes, &problem);
    json_t *fields = json_pack("{ss%}", "dsse", text, bytes);
    struct published published = { .print = { .json = cli->options.json, .now_ms = clock_wall_ms() },
        .call = (enum call)call };
    enum outcome outcome =
        call < 0 ? OUTCOME_REFUSED : ask(cli, (enum call)call, fields, DEADLINE_MS, take, &published, &problem);
    json_decref(fields);
    free(text);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
