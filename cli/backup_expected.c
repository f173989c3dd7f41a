/* `vedette backup preview` without a target: what the server's catalogue and plans say. */
#include "cli/ask.h"
#include "cli/print.h"
#include "cli/run.h"
#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define DEADLINE_MS 15000

struct printing {
    struct cli *cli;
    const struct command *command;
};

static void print_rows(void *arg, const void *reply)
{
    const struct printing *printing = arg;
    struct print print = {
        .json = printing->cli->options.json, .columns = printing->command->columns, .now_ms = clock_wall_ms()
    };
    print_reply(&print, call_rows[printing->command->call].reply, reply);
}

/* A date is taken as its end in UTC. */
static json_t *fields_of(const struct command *command, const struct given *given, struct problem *problem)
{
    const char *date = given_value(command, given, "--as-of");
    char time[RFC3339_BYTES];
    int64_t day;
    json_t *fields = ask_fields(command, given, problem);
    if (!fields)
        return NULL;
    if (civil_parse(date, &day)) {
        problem_set(problem, "usage", "--as-of", "--as-of wants a date, as 2027-01-31, not %.40s", date);
        json_decref(fields);
        return NULL;
    }
    clock_rfc3339(time, (day + 1) * DAY_S * 1000);
    json_object_set_new(fields, "as_of", json_string(time));
    return fields;
}

enum outcome run_backup_expected(struct cli *cli, const struct command *command, const struct given *given)
{
    struct printing printing = { cli, command };
    struct problem problem;
    json_t *fields = fields_of(command, given, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    enum outcome outcome = ask(cli, command->call, fields, DEADLINE_MS, print_rows, &printing, &problem);
    json_decref(fields);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
