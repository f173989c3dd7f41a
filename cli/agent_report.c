/* `vedette agents report`: what an agent told last of itself, and what of the log it was shown. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/print.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/message/message.h"

#define DEADLINE_MS 15000

static void print_whole(const struct call_agent_report_reply *report)
{
    struct buf text = { 0 };
    if (!message_encode(&call_agent_report_reply_shape, report, &text))
        puts(text.data);
    buf_free(&text);
}

static void take_report(void *arg, const void *reply)
{
    struct print *print = arg;
    const struct call_agent_report_reply *report = reply;
    if (print->json) {
        print_whole(report);
        return;
    }
    if (!report->has_reported_at)
        printf("it has told nothing yet\n");
    print_lines(print, &call_agent_report_reply_shape, report);
    if (report->n_rows) {
        printf("\n");
        print_page(print, &call_agent_report_reply_shape, report);
    }
}

enum outcome run_agent_report(struct cli *cli, const struct command *command, const struct given *given)
{
    struct print print = { .json = cli->options.json, .columns = command->columns };
    struct problem problem;
    json_t *fields = ask_fields(command, given, &problem);
    if (!fields)
        return cli_fail(command, OUTCOME_USAGE, &problem);
    enum outcome outcome = ask(cli, CALL_AGENT_REPORT, fields, DEADLINE_MS, take_report, &print, &problem);
    json_decref(fields);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
