/* `vedette log show` and `search`: entries as they stand in the log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/event.h"
#include "cli/log_entry.h"
#include "cli/run.h"
#include "contract.h"
#include "lib/clock.h"
#include "lib/message.h"

/* What is looked for; what is not given matches everything. */
struct wanted {
    const char *type, *tenant, *subject, *actor, *text;
    int64_t since_ms, until_ms;
    int least_sev;
};

struct showing {
    struct wanted wanted;
    bool json;
    uint64_t left; /* of --limit */
    struct problem *problem;
    bool failed;
};

static bool same(const char *wanted, const char *has)
{
    return !wanted || (has && !strcmp(wanted, has));
}

/* "agent.offline" is "vedette.agent.offline.v1". */
static bool is_of_type(const char *wanted, int event)
{
    return !wanted || (event >= 0 && !strcmp(wanted, event_rows[event].type));
}

static bool matches(const struct wanted *wanted, const struct bus_event *event)
{
    return is_of_type(wanted->type, event->event) && same(wanted->tenant, event->tenant) &&
           same(wanted->subject, event->subject) && same(wanted->actor, event->actor) &&
           event->sev <= wanted->least_sev && event->time_ms >= wanted->since_ms &&
           event->time_ms <= wanted->until_ms &&
           (!wanted->text || memmem(event->json, event->json_bytes, wanted->text, strlen(wanted->text)));
}

static void print_entry(const struct bus_event *event, bool json)
{
    if (!json) {
        event_print(event);
        return;
    }
    fwrite(event->json, 1, event->json_bytes, stdout);
    putchar('\n');
}

static bool show_entry(void *arg, uint64_t index, const struct tlog_entry *entry)
{
    struct showing *showing = arg;
    struct event_read read;
    (void)index;
    if (event_read_stored((const char *)entry->data, entry->bytes, &read, showing->problem)) {
        showing->failed = true;
        return false;
    }
    if (matches(&showing->wanted, &read.event)) {
        print_entry(&read.event, showing->json);
        showing->left--;
    }
    event_free(&read);
    return showing->left > 0 && !ferror(stdout);
}

static int read_number(
    const struct command *command, const struct given *given, const char *name, uint64_t *ret, struct problem *problem)
{
    const char *text = given_value(command, given, name);
    char *end;
    if (!text)
        return 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || number > TLOG_SIZE_MAX)
        return problem_set(problem, "usage", name, "%s is a number", name);
    *ret = number;
    return 0;
}

static int show(struct cli *cli, const struct command *command, const struct given *given, struct showing *showing,
    const char *name, uint64_t from, uint64_t to, struct problem *problem)
{
    char path[PATH_MAX];
    struct opened_log log;
    if (log_path(cli, name, path, problem) || log_open_at(cli, command, given, path, &log, problem))
        return -1;
    struct tlog_source source = log_source(&log);
    int error = log_entries(&source, from, to < source.size ? to : source.size, show_entry, showing, problem);
    log_close(&log);
    return error || showing->failed ? -1 : 0;
}

enum outcome run_log_show(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    uint64_t from = 0, limit = UINT64_MAX;
    if (read_number(command, given, "--from", &from, &problem) ||
        read_number(command, given, "--limit", &limit, &problem))
        return log_fail(command, &problem);
    struct showing showing = {
        .wanted = { .until_ms = INT64_MAX, .least_sev = 4 },
        .json = cli->options.json,
        .left = limit,
        .problem = &problem,
    };
    if (!limit || !show(cli, command, given, &showing, given_value(command, given, "LOG"), from, UINT64_MAX, &problem))
        return OUTCOME_OK;
    return log_fail(command, &problem);
}

/* A time, or a duration before now. */
static int read_time(const struct command *command, const struct given *given, const char *name, int64_t now_ms,
    int64_t *ret, struct problem *problem)
{
    const char *text = given_value(command, given, name);
    int64_t seconds;
    if (!text)
        return 0;
    if (!duration_parse(text, &seconds))
        *ret = now_ms - seconds * 1000;
    else if (clock_parse_rfc3339(text, ret))
        return problem_set(problem, "usage", name, "%s is an RFC 3339 time, or how long ago: 90s, 15m, 1h, 7d", name);
    return 0;
}

static int read_wanted(const struct command *command, const struct given *given, char subject[32], struct wanted *ret,
    struct problem *problem)
{
    uint64_t least_sev = 4, agent = 0;
    int64_t now_ms = clock_wall_ms();
    struct wanted wanted = {
        .type = given_value(command, given, "--type"),
        .tenant = given_value(command, given, "--tenant"),
        .actor = given_value(command, given, "--actor"),
        .text = given_value(command, given, "TEXT"),
        .until_ms = INT64_MAX,
    };
    if (read_number(command, given, "--sev", &least_sev, problem) ||
        read_number(command, given, "--agent", &agent, problem) ||
        read_time(command, given, "--since", now_ms, &wanted.since_ms, problem) ||
        read_time(command, given, "--until", now_ms, &wanted.until_ms, problem))
        return -1;
    if (least_sev < 1 || least_sev > 4)
        return problem_set(problem, "usage", "--sev", "--sev is 1 (most severe) to 4");
    wanted.least_sev = (int)least_sev;
    if (agent) {
        snprintf(subject, 32, "agent/%" PRIu64, agent);
        wanted.subject = subject;
    }
    *ret = wanted;
    return 0;
}

enum outcome run_log_search(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char subject[32];
    const char *name = given_value(command, given, "--log");
    struct showing showing = { .json = cli->options.json, .left = UINT64_MAX, .problem = &problem };
    if (read_number(command, given, "--limit", &showing.left, &problem) ||
        read_wanted(command, given, subject, &showing.wanted, &problem))
        return log_fail(command, &problem);
    for (int class = 0; class < (name ? 1 : CLASS_COUNT) && showing.left; class ++) {
        if (show(cli, command, given, &showing, name ? name : class_words[class], 0, UINT64_MAX, &problem))
            return log_fail(command, &problem);
    }
    return OUTCOME_OK;
}
