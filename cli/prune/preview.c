/*
 * `vedette backup preview`: what will be gone of a repository by some date and why, and what will be there, if nothing
 * is added. It reads what anybody may read of a target and changes nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/prune/report.h"
#include "cli/prune/repository.h"
#include "cli/restore/open.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/repository/zones.h"

struct preview {
    struct cli *cli;
    const struct command *command;
    const struct given *given;
    struct prune_rules rules;
    struct zones zones;
    int64_t now_s, as_of_s;
    size_t n_rows;
};

/* When it goes: after its 72 hours, which begin when it is condemned, be it already or when its date is over. */
static int64_t goes_s(const struct preview *preview, const struct retention_backup *backup, int64_t ends_s)
{
    int64_t from_s = backup->condemned_s ? backup->condemned_s : ends_s > preview->now_s ? ends_s : preview->now_s;
    return from_s + (int64_t)preview->rules.retention.condemned_h * 3600;
}

static int print_row(struct preview *preview, const struct prune_repository *repository, size_t i)
{
    const struct retention_backup *backup = &repository->catalogue.backups[i];
    const struct retention_verdict *verdict = &repository->plan.verdicts[i];
    int64_t at_s = goes_s(preview, backup, verdict->ends_s);
    bool due = verdict->why == RETENTION_DUE, gone = due && at_s <= preview->as_of_s;
    char slot[DATE_BYTES], goes[RFC3339_BYTES] = "";
    struct buf why = { 0 };
    civil_text(backup->slot, slot);
    if (due)
        clock_rfc3339(goes, at_s * 1000);
    const char *what = gone ? "gone" : due ? "condemned" : "kept";
    if (prune_reason_text(repository->catalogue.backups, verdict, &why))
        return -1;
    if (preview->cli->options.json)
        printf("%s{\"agent\":%" PRIu32
               ",\"backup\":\"%s\",\"class\":\"%s\",\"slot\":\"%s\",\"then\":\"%s\",\"why\":\"%s\","
               "\"goes\":%s%s%s,\"reason\":\"%s\"}",
            preview->n_rows ? ",\n" : "[", repository->catalogue.agent, backup->backup,
            backup_class_words[backup->class], slot, what, retention_why_words[verdict->why], due ? "\"" : "",
            due ? goes : "null", due ? "\"" : "", why.data);
    else
        printf("%-9s %" PRIu32 " %s %-12s %s  %s%s%.16s%s\n", what, repository->catalogue.agent, backup->backup,
            backup_class_words[backup->class], slot, why.data, due ? "; goes " : "", goes, due ? "Z" : "");
    preview->n_rows++;
    buf_free(&why);
    return 0;
}

static int preview_agent(struct preview *preview, struct target *target, const struct prune_state *state,
    uint32_t agent, struct problem *problem)
{
    struct prune_repository repository;
    int error = 0;
    const struct prune_view view = { &preview->rules, &preview->zones, state, preview->as_of_s };
    if (prune_repository_read(target, agent, &view, &repository, problem))
        return -1;
    for (size_t i = 0; i < repository.catalogue.n_backups && !error; i++)
        error = print_row(preview, &repository, i);
    prune_repository_free(&repository);
    return error ? problem_set(problem, "no-memory", "", "no memory") : 0;
}

static int preview_all(
    struct preview *preview, struct target *target, const struct prune_state *state, struct problem *problem)
{
    uint32_t *agents = NULL, one;
    size_t count = 0;
    int64_t newest_s;
    if (given_value(preview->command, preview->given, "--agent"))
        return repository_agent(preview->command, preview->given, target, &one, problem)
                   ? -1
                   : preview_agent(preview, target, state, one, problem);
    int error = catalogue_agents(target, &agents, &count, &newest_s, problem);
    for (size_t i = 0; i < count && !error; i++)
        error = preview_agent(preview, target, state, agents[i], problem);
    free(agents);
    return error;
}

/* With rules what is condemned by now is known, too. */
static int take_rules(struct preview *preview, struct prune_state *state, bool *ret_any, struct problem *problem)
{
    const char *name = given_value(preview->command, preview->given, "--rules");
    char path[PATH_MAX];
    *ret_any = name != NULL;
    if (!name)
        return prune_rules_parse("", "", &preview->rules, problem);
    return cli_path(preview->cli, name, path, problem) || prune_state_look(state, path, problem) ||
                   prune_rules_load(path, &preview->rules, problem)
               ? -1
               : 0;
}

/* A date is taken as its end in UTC. */
static int take_as_of(struct preview *preview, struct problem *problem)
{
    const char *text = given_value(preview->command, preview->given, "--as-of");
    int64_t day;
    preview->now_s = time(NULL);
    if (civil_parse(text, &day))
        return problem_set(problem, "usage", "--as-of", "--as-of wants a date, as 2027-01-31, not %.40s", text);
    preview->as_of_s = (day + 1) * DAY_S;
    return preview->as_of_s < preview->now_s ? problem_set(problem, "usage", "--as-of", "%s is over", text) : 0;
}

enum outcome run_backup_preview(struct cli *cli, const struct command *command, const struct given *given)
{
    struct preview preview = { .cli = cli, .command = command, .given = given };
    struct prune_state state;
    struct target_conf conf;
    struct problem problem;
    bool any_state;
    if (!given_value(command, given, "TARGET"))
        return run_backup_expected(cli, command, given);
    if (take_as_of(&preview, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    if (take_rules(&preview, &state, &any_state, &problem))
        return cli_fail(command, OUTCOME_BAD_FILE, &problem);
    enum outcome outcome = OUTCOME_BAD_FILE;
    struct target *target = NULL;
    if (!repository_conf(cli, command, given, &conf, &problem))
        target = target_open(&conf, &(struct target_manner){ 0 }, &problem);
    if (target)
        outcome = preview_all(&preview, target, any_state ? &state : NULL, &problem) ? OUTCOME_REFUSED : OUTCOME_OK;
    if (cli->options.json && !outcome)
        printf("%s]\n", preview.n_rows ? "" : "[");
    target_close(target);
    zones_free(&preview.zones);
    prune_rules_free(&preview.rules);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
