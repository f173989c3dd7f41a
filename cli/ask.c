#include "cli/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/local.h"
#include "cli/remote.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/message/message.h"

#define FIELD_BYTES 12004 /* the longest that a command line gives: certificates, fields.def's `ca` */

struct local *ask_local(struct cli *cli, struct problem *problem)
{
    if (!cli->local)
        cli->local = local_open(cli->options.state, problem);
    return cli->local;
}

static struct remote *ask_remote(struct cli *cli, struct problem *problem)
{
    if (!cli->remote)
        cli->remote = remote_open(cli->options.url, cli->options.token_file, cli->options.ca,
            TOKEN_NEEDED, problem);
    return cli->remote;
}

/* What a file holds, in base64. */
static int file_text(
    const struct argument *argument, const char *path, char *ret, size_t bytes, struct problem *problem)
{
    char *data;
    size_t length;
    if (file_read(path, bytes / 4 * 3 - 3, &data, &length, problem))
        return -1;
    if (!length) {
        free(data);
        return problem_set(problem, "usage", argument->name, "%s is empty", path);
    }
    crypto_base64(data, length, ret);
    free(data);
    return 0;
}

static int field_text(
    const struct argument *argument, const char *value, char *ret, size_t bytes, struct problem *problem)
{
    int64_t seconds, until_ms;
    switch (argument->as) {
    case AS_TEXT:
    case AS_FINGERPRINT:
    case AS_FLAG:
    case AS_OUT:
        snprintf(ret, bytes, "%s", value);
        return strlen(value) < bytes ? 0
                                     : problem_set(problem, "usage", argument->name, "%s is too long", argument->name);
    case AS_TYPE:
        snprintf(ret, bytes, strncmp(value, "vedette.", 8) ? "vedette.%s.v1" : "%s", value);
        return 0;
    case AS_FILE64:
        return file_text(argument, value, ret, bytes, problem);
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

/* All values of an argument, with blanks between. */
static int join_values(const struct argument *argument, const char *const *values, size_t n, char *ret, size_t bytes,
    struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        if (field_text(argument, values[i], ret, bytes, problem))
            return -1;
        size_t length = strlen(ret);
        if (i + 1 < n && length + 1 < bytes)
            ret[length++] = ' ';
        ret += length;
        bytes -= length;
    }
    return 0;
}

json_t *ask_fields(const struct command *command, const struct given *given, struct problem *problem)
{
    const struct shape *shape = call_rows[command->call].request;
    json_t *fields = json_object();
    for (size_t i = 0; i < ARGUMENTS_MAX && command->arguments[i].name; i++) {
        const struct argument *argument = &command->arguments[i];
        const char *const *values = given->n[i] ? given->values[i] : &argument->initial;
        char text[FIELD_BYTES];
        if (!argument->field || !values[0])
            continue;
        if (join_values(argument, values, given->n[i] ? given->n[i] : 1, text, sizeof(text), problem) ||
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
