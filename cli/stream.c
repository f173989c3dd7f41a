/* `vedette stream`: the reference subscriber. Events as they are stored, complete and in order for each class. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/event.h"
#include "cli/local.h"
#include "cli/run.h"
#include "lib/bus/bus.h"
#include "lib/bus/subscriber.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/loop.h"
#include "lib/message/message.h"

#define NOTICE_AFTER_MS 5000 /* a reader should know that silence means no connection */

struct stream {
    const struct command *command;
    struct local *local;
    struct bus_subscription *subscription;
    struct bus_subscriber subscriber; /* with --subscriber */
    struct bus_filter filter;
    char types[4097];
    uint64_t from[CLASS_COUNT];
    int64_t timeout_s; /* 0: none */
    const char *endpoint;
    bool json, outside, connected;
    enum outcome outcome;
};

static int number(const char *text, uint64_t max, uint64_t *ret)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || value > max)
        return -1;
    *ret = value;
    return 0;
}

/* Those of the file, or all, unless some are named. */
static int parse_classes(const struct given *given, struct stream *ret, struct problem *problem)
{
    size_t index = argument_index(ret->command, "--class");
    unsigned all = ret->outside ? ret->subscriber.classes : (1u << CLASS_COUNT) - 1;
    unsigned classes = given->n[index] ? 0 : all;
    for (size_t i = 0; i < given->n[index]; i++) {
        int class = word_index(class_words, given->values[index][i]);
        if (class < 0)
            return problem_set(problem, "usage", "--class", "--class is ops, access, fleet or alert, not \"%.40s\"",
                given->values[index][i]);
        classes |= 1u << class;
    }
    ret->filter.classes = classes;
    return 0;
}

/* A type may be given without `vedette.` and `.v1`. */
static int parse_types(const struct given *given, struct stream *ret, struct problem *problem)
{
    size_t index = argument_index(ret->command, "--type"), length = 0;
    snprintf(ret->types, sizeof(ret->types), "%s", ret->subscriber.types);
    for (size_t i = 0; i < given->n[index]; i++) {
        const char *type = given->values[index][i];
        bool whole = !strncmp(type, "vedette.", strlen("vedette."));
        length += (size_t)snprintf(ret->types + length, sizeof(ret->types) - length, "%s%s%s%s", i ? " " : "",
            whole ? "" : "vedette.", type, whole ? "" : ".v1");
        if (length >= sizeof(ret->types))
            return problem_set(problem, "usage", "--type", "so many types are there not");
    }
    ret->filter.types = ret->types;
    return 0;
}

/* Without --from only what comes from now on. */
static int parse_from(const struct given *given, struct stream *ret, struct problem *problem)
{
    const char *from = given_value(ret->command, given, "--from");
    bool resume = given_value(ret->command, given, "--resume");
    uint64_t first = resume ? BUS_FROM_CURSOR : BUS_FROM_NOW;
    if (resume && (from || !ret->outside))
        return problem_set(problem, "usage", "--resume", "--resume goes with --subscriber, and without --from");
    if (from && number(from, UINT64_MAX / 2, &first))
        return problem_set(problem, "usage", "--from", "--from is a sequence number, 0 for the start");
    for (int class = 0; class < CLASS_COUNT; class ++)
        ret->from[class] = first;
    return 0;
}

static int parse(const struct given *given, struct stream *ret, struct problem *problem)
{
    const char *sev = given_value(ret->command, given, "--sev");
    const char *tenant = given_value(ret->command, given, "--tenant");
    const char *timeout = given_value(ret->command, given, "--timeout");
    uint64_t least_sev = (uint64_t)ret->subscriber.least_sev;
    if (parse_classes(given, ret, problem) || parse_types(given, ret, problem) || parse_from(given, ret, problem))
        return -1;
    if (sev && (number(sev, 4, &least_sev) || !least_sev))
        return problem_set(problem, "usage", "--sev", "--sev is 1 (most severe) to 4");
    if (timeout && (duration_parse(timeout, &ret->timeout_s) || !ret->timeout_s))
        return problem_set(problem, "usage", "--timeout", "--timeout is a duration as 30s");
    ret->filter.least_sev = (int)least_sev;
    ret->filter.undecoded = ret->json;
    ret->filter.tenant = tenant ? tenant : *ret->subscriber.tenant ? ret->subscriber.tenant : NULL;
    return 0;
}

static void end(struct stream *stream, enum outcome outcome)
{
    stream->outcome = outcome;
    bus_unsubscribe(stream->subscription);
    stream->subscription = NULL;
    local_done(stream->local);
}

static void take_event(void *arg, const struct bus_event *event)
{
    struct stream *stream = arg;
    stream->connected = true;
    if (!event)
        return;
    if (stream->json) {
        fwrite(event->json, 1, event->json_bytes, stdout);
        putchar('\n');
    } else {
        event_print(event);
    }
    /* Whoever reads the other end of a pipe acts on each line when it happens. One that could not be written does not
     * count as dealt with. */
    if (fflush(stdout))
        end(stream, OUTCOME_REFUSED);
}

static void take_refusal(void *arg, const struct problem *problem)
{
    static const char *const final[] = { "no-permission", "revoked", "key-refused", NULL };
    struct stream *stream = arg;
    cli_fail(stream->command, OUTCOME_REFUSED, problem);
    if (word_index(final, problem->code) >= 0)
        end(stream, OUTCOME_REFUSED);
}

static void notice(void *arg)
{
    const struct stream *stream = arg;
    if (!stream->connected)
        fprintf(stderr, "vedette: stream: waiting for audit at %s\n", stream->endpoint);
}

static void give_up(void *arg)
{
    struct stream *stream = arg;
    if (stream->connected)
        return;
    fprintf(stderr, "vedette: stream: audit was not reached at %s\n", stream->endpoint);
    end(stream, OUTCOME_UNREACHABLE);
}

static int read_subscriber(struct cli *cli, const char *name, struct bus_subscriber *ret, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, name, path, problem) || file_read_secret(path, SUBSCRIBER_FILE_BYTES_MAX, &text, &bytes, problem))
        return -1;
    int error = bus_subscriber_parse(text, bytes, ret, problem);
    crypto_forget(text, bytes);
    free(text);
    return error;
}

static enum outcome follow(struct stream *stream)
{
    struct problem problem;
    struct loop *loop = local_loop(stream->local);
    stream->subscription =
        bus_subscribe(local_bus(stream->local), &stream->filter, stream->from, take_event, stream, &problem);
    if (!stream->subscription)
        return cli_fail(stream->command, OUTCOME_USAGE, &problem);
    bus_when_refused(stream->subscription, take_refusal);
    struct loop_timer *silence = loop_timer(loop, notice, stream), *timeout = loop_timer(loop, give_up, stream);
    if (silence)
        loop_timer_set(silence, NOTICE_AFTER_MS * 1000);
    if (timeout && stream->timeout_s)
        loop_timer_set(timeout, stream->timeout_s * 1000000);
    while (local_run(stream->local) && !stream->outcome)
        ;
    loop_timer_free(silence);
    loop_timer_free(timeout);
    bus_unsubscribe(stream->subscription);
    return stream->outcome;
}

enum outcome run_stream(struct cli *cli, const struct command *command, const struct given *given)
{
    struct stream stream = { .command = command, .json = cli->options.json };
    const char *file = given_value(command, given, "--subscriber");
    struct problem problem;
    if (cli->options.url) {
        problem_set(&problem, "usage", "", "streams are not read over --url: from elsewhere with --subscriber");
        return cli_fail(command, OUTCOME_USAGE, &problem);
    }
    stream.outside = file;
    if (file && read_subscriber(cli, file, &stream.subscriber, &problem))
        return cli_fail(command, OUTCOME_BAD_FILE, &problem);
    if (parse(given, &stream, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    stream.local = file ? local_open_subscriber(&stream.subscriber, &problem) : ask_local(cli, &problem);
    if (!stream.local)
        return cli_fail(command, OUTCOME_UNREACHABLE, &problem);
    stream.endpoint = file ? stream.subscriber.replay : local_settings(stream.local)->common.soc_replay;
    enum outcome outcome = follow(&stream);
    if (file)
        local_free(stream.local);
    crypto_forget(&stream.subscriber, sizeof(stream.subscriber));
    return outcome;
}
