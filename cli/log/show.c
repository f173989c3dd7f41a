/* `vedette log show`: entries as they stand in the log. */
#include "cli/log/scan.h"
#include "cli/run.h"

enum outcome run_log_show(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct log_scan scan = {
        .wanted = { .to_ms = INT64_MAX, .least_sev = 4 },
        .left = UINT64_MAX,
        .json = cli->options.json,
    };
    if (log_number(command, given, "--from", &scan.from, &problem) ||
        log_number(command, given, "--limit", &scan.left, &problem) ||
        log_scan(cli, command, given, given_value(command, given, "LOG"), &scan, &problem))
        return log_fail(command, &problem);
    return OUTCOME_OK;
}
