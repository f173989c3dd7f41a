/* `vedette stream`: the reference subscriber. Events as they are stored, complete and in order for each class. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/event.h"
#include "cli/local.h"
#include "cli/run.h"
#include "lib/bus.h"
#include "lib/loop.h"
#include "lib/message.h"

#define NOTICE_AFTER_MS 5000 /* a reader should know that silence means no connection */

struct stream {
    struct local *local;
    struct bus_filter filter;
    uint64_t from[CLASS_COUNT];
    bool json, connected, broken;
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

static int parse_classes(
    const struct command *command, const struct given *given, unsigned *ret, struct problem *problem)
{
    size_t index = argument_index(command, "--class");
    unsigned classes = given->n[index] ? 0 : (1u << CLASS_COUNT) - 1;
    for (size_t i = 0; i < given->n[index]; i++) {
        int class = word_index(class_words, given->values[index][i]);
        if (class < 0)
            return problem_set(problem, "usage", "--class", "--class is ops, access, fleet or alert, not \"%.40s\"",
                given->values[index][i]);
        classes |= 1u << class;
    }
    *ret = classes;
    return 0;
}

/* Without --from only what comes from now on. */
static int parse(const struct command *command, const struct given *given, struct stream *ret, struct problem *problem)
{
    const char *from = given_value(command, given, "--from"), *sev = given_value(command, given, "--sev");
    uint64_t first = BUS_FROM_NOW, least_sev = 0;
    if (parse_classes(command, given, &ret->filter.classes, problem))
        return -1;
    if (from && number(from, UINT64_MAX / 2, &first))
        return problem_set(problem, "usage", "--from", "--from is a sequence number, 0 for the start");
    if (sev && (number(sev, 4, &least_sev) || !least_sev))
        return problem_set(problem, "usage", "--sev", "--sev is 1 (most severe) to 4");
    for (int class = 0; class < CLASS_COUNT; class ++)
        ret->from[class] = first;
    ret->filter.least_sev = (int)least_sev;
    ret->filter.tenant = given_value(command, given, "--tenant");
    return 0;
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
    /* Whoever reads the other end of a pipe acts on each line when it happens. */
    if (fflush(stdout)) {
        stream->broken = true;
        local_done(stream->local);
    }
}

static void notice(void *arg)
{
    const struct stream *stream = arg;
    if (!stream->connected)
        fprintf(stderr, "vedette: stream: waiting for audit at %s\n", local_settings(stream->local)->common.soc_replay);
}

enum outcome run_stream(struct cli *cli, const struct command *command, const struct given *given)
{
    struct stream stream = { .json = cli->options.json };
    struct problem problem;
    if (cli->options.url) {
        problem_set(&problem, "local-only", "", "streams are read on the server's host, without --url");
        return cli_fail(command, OUTCOME_USAGE, &problem);
    }
    if (parse(command, given, &stream, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    stream.local = ask_local(cli, &problem);
    if (!stream.local)
        return cli_fail(command, OUTCOME_UNREACHABLE, &problem);
    struct bus_subscription *subscription =
        bus_subscribe(local_bus(stream.local), &stream.filter, stream.from, take_event, &stream, &problem);
    if (!subscription)
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    struct loop_timer *timer = loop_timer(local_loop(stream.local), notice, &stream);
    if (timer)
        loop_timer_set(timer, NOTICE_AFTER_MS * 1000);
    while (local_run(stream.local) && !stream.broken)
        ;
    if (timer)
        loop_timer_free(timer);
    bus_unsubscribe(subscription);
    return stream.broken ? OUTCOME_REFUSED : OUTCOME_OK;
}
