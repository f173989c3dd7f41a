#include "cli/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/local.h"
#include "cli/remote.h"
#include "lib/clock.h"
#include "lib/message.h"

struct local *ask_local(struct cli *cli, struct problem *problem)
{
    if (!cli->local)
        cli->local = local_open(cli->options.state, problem);
    return cli->local;
}

static struct remote *ask_remote(struct cli *cli, struct problem *problem)
{
    if (!cli->remote)
        cli->remote = remote_open(cli->options.url, cli->options.token_file, cli->options.ca, problem);
    return cli->remote;
}

static int field_text(
    const struct argument *argument, const char *value, char *ret, size_t bytes, struct problem *problem)
{
    int64_t seconds, until_ms;
    switch (argument->as) {
    case AS_TEXT:
    case AS_FLAG:
    case AS_OUT:
        snprintf(ret, bytes, "%s", value);
        return strlen(value) < bytes ? 0
                                     : problem_set(problem, "usage", argument->name, "%s is too long", argument->name);
    case AS_DURATION:
        if (duration_parse(value, &seconds))
            return problem_set(problem, "usage", argument->name, "%s: \"%.40s\" is no duration as 90s, 15m, 1h or 7d",
                argument->name, value);
        snprintf(ret, bytes, "%" PRId64, seconds);
        return 0;
    case AS_UNTIL:
        if (until_parse(value, clock_wall_ms(), &until_ms))
            return problem_set(problem, "usage", argument->name,
                "%s: \"%.40s\" is neither an RFC 3339 time nor a "
                "duration as 2h",
                argument->name, value);
        clock_rfc3339(ret, until_ms);
        return 0;
    }
    return -1;
}

json_t *ask_fields(const struct command *command, const struct given *given, struct problem *problem)
{
    const struct shape *shape = call_rows[command->call].request;
    json_t *fields = json_object();
    for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].name; i++) {
        const struct argument *argument = &command->arguments[i];
        const char *value = given->n[i] ? given->values[i][0] : argument->initial;
        char text[1024];
        if (!argument->field || !value)
            continue;
        if (field_text(argument, value, text, sizeof(text), problem) ||
            message_set_text(shape, fields, argument->field, text, problem)) {
            json_decref(fields);
            return NULL;
        }
    }
    return fields;
}

static enum outcome ask_with(struct cli *cli, enum call call, const json_t *fields, const void *request,
    unsigned deadline_ms, reply_taken *taken, void *arg, struct problem *problem)
{
    if (cli->options.url) {
        struct remote *remote = ask_remote(cli, problem);
        return remote ? remote_ask(remote, call, fields, deadline_ms, taken, arg, problem) : OUTCOME_UNREACHABLE;
    }
    struct local *local = ask_local(cli, problem);
    return local ? local_ask(local, call, request, deadline_ms, taken, arg, problem) : OUTCOME_UNREACHABLE;
}

enum outcome ask(struct cli *cli, enum call call, const json_t *fields, unsigned deadline_ms, reply_taken *taken,
    void *arg, struct problem *problem)
{
    const struct shape *shape = call_rows[call].request;
    void *request = calloc(1, shape->size);
    enum outcome outcome = OUTCOME_REFUSED;
    if (!request)
        problem_set(problem, "no-memory", "", "no memory");
    else if (message_decode(shape, fields, request, problem))
        outcome = OUTCOME_USAGE;
    else
        outcome = ask_with(cli, call, fields, request, deadline_ms, taken, arg, problem);
    if (request && outcome != OUTCOME_USAGE)
        message_free(shape, request);
    free(request);
    return outcome;
}
