/*
 * `vedette log search`: asks the server, which has an index, newest first; or reads a copy of a log entry by entry, in
 * its order, believing its key alone. Both print the same of an entry.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/log/scan.h"
#include "cli/run.h"
#include "lib/clock.h"
#include "lib/event/event.h"
#include "lib/message/message.h"

#define LIMIT_INITIAL 100
#define PAGE_ROWS 1000
#define DEADLINE_MS 15000

struct searching {
    struct cli *cli;
    uint64_t left;    /* of --limit */
    char before[129]; /* where the next page begins; "": there is none */
    uint64_t behind;
    size_t n;
    struct {
        int class;
        uint64_t sequence;
    } rows[PAGE_ROWS];
    struct problem problem; /* of an entry that came */
    bool failed;
};

/* A time, or a duration before now. */
static int read_time(
    const struct command *command, const struct given *given, const char *name, int64_t *ret, struct problem *problem)
{
    const char *text = given_value(command, given, name);
    int64_t seconds;
    if (!text)
        return 0;
    if (!duration_parse(text, &seconds))
        *ret = clock_wall_ms() - seconds * 1000;
    else if (clock_parse_rfc3339(text, ret))
        return problem_set(problem, "usage", name, "%s is an RFC 3339 time, or how long ago: 90s, 15m, 1h, 7d", name);
    return 0;
}

static int read_wanted(const struct command *command, const struct given *given, char subject[32],
    struct phrase *phrase, struct log_wanted *ret, struct problem *problem)
{
    uint64_t least_sev = 4, agent = 0;
    const char *text = given_value(command, given, "TEXT");
    struct log_wanted wanted = {
        .type = given_value(command, given, "--type"),
        .tenant = given_value(command, given, "--tenant"),
        .actor = given_value(command, given, "--actor"),
        .phrase = text ? phrase : NULL,
        .to_ms = INT64_MAX,
    };
    if (log_number(command, given, "--sev", &least_sev, problem) ||
        log_number(command, given, "--agent", &agent, problem) || (text && phrase_read(text, phrase, problem)) ||
        read_time(command, given, "--since", &wanted.from_ms, problem) ||
        read_time(command, given, "--until", &wanted.to_ms, problem))
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

static enum outcome scan(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct phrase phrase;
    char subject[32];
    const char *name = given_value(command, given, "--log");
    struct log_scan scan = { .left = UINT64_MAX, .json = cli->options.json };
    if (log_number(command, given, "--limit", &scan.left, &problem) ||
        read_wanted(command, given, subject, &phrase, &scan.wanted, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    for (int class = 0; class < (name ? 1 : CLASS_COUNT); class ++) {
        if (log_scan(cli, command, given, name ? name : class_words[class], &scan, &problem))
            return log_fail(command, &problem);
    }
    return OUTCOME_OK;
}

static void take_page(void *arg, const void *reply)
{
    struct searching *searching = arg;
    const struct call_log_search_reply *page = reply;
    snprintf(searching->before, sizeof(searching->before), "%s", page->before ? page->before : "");
    searching->behind = page->behind;
    searching->n = page->n_rows < PAGE_ROWS ? page->n_rows : PAGE_ROWS;
    for (size_t i = 0; i < searching->n; i++) {
        searching->rows[i].class = page->rows[i].class;
        searching->rows[i].sequence = page->rows[i].sequence;
    }
}

static void take_entry(void *arg, const void *reply)
{
    struct searching *searching = arg;
    const struct call_log_entry_reply *found = reply;
    struct event_read read;
    searching->failed = event_read_stored(found->entry, strlen(found->entry), &read, &searching->problem);
    if (searching->failed)
        return;
    log_print(&read.event, searching->cli->options.json);
    event_free(&read);
}

static enum outcome print_row(struct searching *searching, size_t i, struct problem *problem)
{
    json_t *fields = json_pack("{s:s, s:I}", "class", class_words[searching->rows[i].class], "sequence",
        (json_int_t)searching->rows[i].sequence);
    enum outcome outcome = ask(searching->cli, CALL_LOG_ENTRY, fields, DEADLINE_MS, take_entry, searching, problem);
    json_decref(fields);
    if (!outcome && searching->failed) {
        *problem = searching->problem;
        outcome = OUTCOME_REFUSED;
    }
    return outcome;
}

/* One page; the fields are those of log.search but for limit and before. */
static enum outcome search_page(struct searching *searching, json_t *fields, struct problem *problem)
{
    json_object_set_new(
        fields, "limit", json_integer((json_int_t)(searching->left < PAGE_ROWS ? searching->left : PAGE_ROWS)));
    if (searching->before[0])
        json_object_set_new(fields, "before", json_string(searching->before));
    enum outcome outcome = ask(searching->cli, CALL_LOG_SEARCH, fields, DEADLINE_MS, take_page, searching, problem);
    for (size_t i = 0; !outcome && i < searching->n && !ferror(stdout); i++, searching->left--)
        outcome = print_row(searching, i, problem);
    return outcome;
}

/* The fields that ask_fields does not fill in by the row. */
static int add_fields(const struct command *command, const struct given *given, json_t *fields, struct problem *problem)
{
    static const char *const times[][2] = { { "--since", "from" }, { "--until", "to" } };
    const char *class = given_value(command, given, "--log");
    if (class)
        json_object_set_new(fields, "classes", json_string(class));
    for (int i = 0; i < 2; i++) {
        int64_t time_ms = -1;
        char text[RFC3339_BYTES];
        if (read_time(command, given, times[i][0], &time_ms, problem))
            return -1;
        if (time_ms < 0)
            continue;
        clock_rfc3339(text, time_ms);
        json_object_set_new(fields, times[i][1], json_string(text));
    }
    return 0;
}

static enum outcome search(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    static struct searching searching;
    enum outcome outcome = OUTCOME_USAGE;
    searching.cli = cli;
    searching.left = LIMIT_INITIAL;
    json_t *fields = ask_fields(command, given, &problem);
    if (fields && !add_fields(command, given, fields, &problem) &&
        !log_number(command, given, "--limit", &searching.left, &problem)) {
        do {
            outcome = searching.left ? search_page(&searching, fields, &problem) : OUTCOME_OK;
        } while (!outcome && searching.left && searching.before[0] && !ferror(stdout));
    }
    json_decref(fields);
    fflush(stdout);
    if (outcome)
        return cli_fail(command, outcome, &problem);
    if (searching.behind)
        fprintf(stderr, "vedette: the index does not have %" PRIu64 " entries yet\n", searching.behind);
    return OUTCOME_OK;
}

enum outcome run_log_search(struct cli *cli, const struct command *command, const struct given *given)
{
    const char *name = given_value(command, given, "--log");
    bool copy = name && word_index(class_words, name) < 0;
    bool verifies = given_value(command, given, "--vkey") || given_value(command, given, "--witness") ||
                    given_value(command, given, "--quorum");
    return copy || verifies ? scan(cli, command, given) : search(cli, command, given);
}
