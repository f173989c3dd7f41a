/* Subcommands that are one call, and what they have to say about its reply. */
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/print.h"
#include "cli/run.h"
#include "cli/value.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/files.h"

/* A logged call may wait 5 s for the log before it is refused; registering ten million agents takes its time. */
#define DEADLINE_MS 15000
#define DEADLINE_SLOW_MS 300000

struct answer {
    struct cli *cli;
    const struct command *command;
    const char *out; /* file for the secret; NULL: print it with the rest */
    struct problem problem;
    int error;
};

static void print_answer(const struct answer *answer, const void *reply)
{
    struct print print = {
        .json = answer->cli->options.json,
        .columns = answer->command->columns,
        .id = answer->command->id,
        .hide_secrets = answer->out != NULL,
        .now_ms = clock_wall_ms(),
    };
    print_reply(&print, call_rows[answer->command->call].reply, reply);
}

static int write_secret(struct answer *answer, const void *reply)
{
    const struct shape *shape = call_rows[answer->command->call].reply;
    char path[PATH_MAX], line[TOKEN_BYTES + 128];
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (shape->fields[i].type != FIELD_SECRET || !value_there(&shape->fields[i], reply))
            continue;
        snprintf(line, sizeof(line), "%s\n", *(const char *const *)((const char *)reply + shape->fields[i].offset));
        int error = cli_path(answer->cli, answer->out, path, &answer->problem) ||
                    file_write(path, line, strlen(line), 0600, &answer->problem);
        crypto_forget(line, sizeof(line));
        if (error)
            return -1;
    }
    return 0;
}

static void take_answer(void *arg, const void *reply)
{
    struct answer *answer = arg;
    if (answer->out)
        answer->error = write_secret(answer, reply);
    print_answer(answer, reply);
}

static const char *out_file(const struct command *command, const struct given *given)
{
    for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].name; i++) {
        if (command->arguments[i].as == AS_OUT && given->n[i])
            return given->values[i][0];
    }
    return NULL;
}

enum outcome run_call(struct cli *cli, const struct command *command, const struct given *given)
{
    struct answer answer = { .cli = cli, .command = command, .out = out_file(command, given) };
    struct problem problem;
    json_t *fields = ask_fields(command, given, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    unsigned deadline_ms = command->call == CALL_FLEET_REGISTER ? DEADLINE_SLOW_MS : DEADLINE_MS;
    enum outcome outcome = ask(cli, command->call, fields, deadline_ms, take_answer, &answer, &problem);
    json_decref(fields);
    if (!outcome && answer.error)
        return cli_fail(command, OUTCOME_REFUSED, &answer.problem);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
