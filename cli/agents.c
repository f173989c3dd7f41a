/* `vedette agents`: the whole fleet, page by page, once or again and again. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/local.h"
#include "cli/print.h"
#include "cli/run.h"

#define PAGE_ROWS 10000 /* about 1.5 MB of JSON */
#define DEADLINE_MS 15000
#define WATCH_PERIOD_MS 2000

struct listing {
    struct print print;
    uint32_t next;
};

static void take_page(void *arg, const void *reply)
{
    struct listing *listing = arg;
    const struct call_agents_list_reply *page = reply;
    listing->print.now_ms = page->now;
    listing->next = page->next;
    print_page(&listing->print, &call_agents_list_reply_shape, page);
}

static enum outcome list_once(struct cli *cli, const struct command *command, json_t *fields, struct problem *problem)
{
    struct listing listing = {
        .print = { .json = cli->options.json, .columns = command->columns, .id = command->id },
    };
    enum outcome outcome = OUTCOME_OK;
    print_begin(&listing.print);
    do {
        json_object_set_new(fields, "after", json_integer(listing.next));
        outcome = ask(cli, CALL_AGENTS_LIST, fields, DEADLINE_MS, take_page, &listing, problem);
    } while (!outcome && listing.next);
    if (!outcome)
        print_end(&listing.print);
    fflush(stdout);
    return outcome;
}

/* false: asked to end. */
static bool pause_for(struct cli *cli, int time_ms)
{
    if (cli->local)
        return local_wait(cli->local, (unsigned)time_ms);
    poll(NULL, 0, time_ms);
    return true;
}

enum outcome run_agents(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    bool watch = given_value(command, given, "--watch");
    json_t *fields = ask_fields(command, given, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    json_object_set_new(fields, "limit", json_integer(PAGE_ROWS));
    enum outcome outcome;
    do {
        /* A terminal is cleared, so that the table stands still. */
        if (watch && !cli->options.json && isatty(STDOUT_FILENO))
            fputs("\033[H\033[2J", stdout);
        outcome = list_once(cli, command, fields, &problem);
    } while (watch && !outcome && pause_for(cli, WATCH_PERIOD_MS));
    json_decref(fields);
    if (watch && outcome && !strcmp(problem.code, "interrupted"))
        return OUTCOME_OK;
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
