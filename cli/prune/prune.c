/*
 * `vedette prune`: take away what retention lets go, beside the target, by this machine's clock and rules. It is
 * trusted with the target's credential that deletes, and with no key: it opens nothing, and asks no server. One that is
 * named (--url) is told what stopped it, and what is held.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/prune/report.h"
#include "cli/prune/repository.h"
#include "cli/prune/sweep.h"
#include "cli/prune/telling.h"
#include "cli/restore/open.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/repository/zones.h"

struct pruning {
    struct cli *cli;
    const struct command *command;
    const struct given *given;
    struct prune_rules rules;
    struct target *target;
    struct prune_state state;
    struct zones zones;
    struct retention_clock now;
    bool dry, tells;
    size_t n_reports;
};

static bool is_confirmed(const struct pruning *pruning, const char *word)
{
    size_t which = argument_index(pruning->command, "--confirm");
    for (size_t i = 0; i < pruning->given->n[which]; i++) {
        if (!strcmp(pruning->given->values[which][i], word))
            return true;
    }
    return false;
}

static int print_report(struct pruning *pruning, const struct prune_report *report, struct problem *problem)
{
    struct buf text = { .limit_bytes = PRUNE_MEMORY_LIMIT_BYTES };
    bool json = pruning->cli->options.json;
    int error = json ? prune_report_json(report, &text) : prune_report_text(report, &text);
    if (!error)
        printf("%s%s", json ? (pruning->n_reports ? ",\n" : "[") : "", text.data);
    pruning->n_reports++;
    buf_free(&text);
    return error ? problem_set(problem, "no-memory", "", "no memory for the report") : 0;
}

static struct prune_telling telling_of(const struct pruning *pruning)
{
    return (struct prune_telling){
        pruning->cli, given_value(pruning->command, pruning->given, "--called"), pruning->now.wall_s
    };
}

/* What was done was done: that nobody heard of it is the lesser trouble. */
static enum outcome tell(struct pruning *pruning, const struct prune_report *report, enum outcome outcome)
{
    const struct prune_telling telling = telling_of(pruning);
    struct problem problem;
    if (!pruning->tells || outcome == OUTCOME_REFUSED)
        return outcome;
    enum outcome told = prune_tell(&telling, report, &problem);
    if (told)
        cli_fail(pruning->command, told, &problem);
    return outcome ? outcome : told;
}

/* Remember first, then delete. */
static enum outcome carry_out(struct pruning *pruning, const struct prune_repository *repository, bool stopped,
    size_t *ret_removed, struct problem *problem)
{
    const struct prune_plan *plan = &repository->plan;
    if (prune_state_write(&pruning->state, repository->catalogue.agent, &plan->memory, problem))
        return OUTCOME_REFUSED;
    if (stopped)
        return OUTCOME_STOPPED;
    return prune_sweep(pruning->target, &repository->catalogue, plan, &pruning->rules.retention, &pruning->now,
               ret_removed, problem)
               ? OUTCOME_REFUSED
               : OUTCOME_OK;
}

static enum outcome prune_agent(struct pruning *pruning, uint32_t agent)
{
    struct prune_repository repository;
    struct problem problem;
    size_t removed = 0;
    const struct prune_view view = { &pruning->rules, &pruning->zones, &pruning->state, pruning->now.wall_s };
    if (prune_repository_read(pruning->target, agent, &view, &repository, &problem))
        return cli_fail(pruning->command, OUTCOME_REFUSED, &problem);
    const struct prune_plan *plan = &repository.plan;
    bool stopped = plan->stop == PRUNE_STOP_DOUBT || (plan->stop && !is_confirmed(pruning, plan->confirm));
    enum outcome outcome = pruning->dry ? (stopped ? OUTCOME_STOPPED : OUTCOME_OK)
                                        : carry_out(pruning, &repository, stopped, &removed, &problem);
    if (repository.catalogue.n_unread && !outcome)
        outcome = OUTCOME_STOPPED;
    const struct prune_report report = { &repository.catalogue, plan, &pruning->rules, pruning->now.wall_s,
        pruning->dry, stopped, removed, outcome == OUTCOME_REFUSED ? &problem : NULL };
    if (print_report(pruning, &report, &problem) || outcome == OUTCOME_REFUSED)
        outcome = cli_fail(pruning->command, OUTCOME_REFUSED, &problem);
    outcome = tell(pruning, &report, outcome);
    prune_repository_free(&repository);
    return outcome;
}

/* Whether dates can be judged by this clock; an observation that is good is remembered. */
static int check_clock(struct pruning *pruning, int64_t newest_s, struct problem *problem)
{
    struct retention_clock before;
    const struct retention_rules *rules = &pruning->rules.retention;
    bool any;
    if (prune_clock_observe(&pruning->now, problem) || prune_state_read_clock(&pruning->state, &before, &any, problem))
        return -1;
    /* Where nothing stands yet there is nothing to compare a first observation with, nor to delete. */
    if (!any && !newest_s)
        return 0;
    int64_t jump_s = any ? retention_clock_jump_s(rules, &before, &pruning->now)
                         : retention_clock_first_jump_s(rules, newest_s, &pruning->now);
    if (jump_s && !is_confirmed(pruning, "clock"))
        return problem_set(problem, "clock-jumped", "",
            "this clock is %+.1f hours from where it should be since %s. Nothing goes until it is right again; if it "
            "is right: --confirm clock",
            (double)jump_s / 3600, any ? "the last run" : "the newest object there");
    /* By a clock that was set nobody knows how long something has been condemned: the hours begin again. That is for
     * this run alone, and so the clock is remembered when all agents have had it. */
    pruning->state.anew = jump_s != 0;
    return pruning->dry || jump_s ? 0 : prune_state_write_clock(&pruning->state, &pruning->now, problem);
}

/* What stops one does not stop the others. The worst of all, which is the highest. */
static enum outcome prune_agents(struct pruning *pruning, const uint32_t *agents, size_t count)
{
    struct problem problem;
    enum outcome worst = OUTCOME_OK;
    bool refused = false;
    for (size_t i = 0; i < count; i++) {
        enum outcome outcome = prune_agent(pruning, agents[i]);
        worst = outcome > worst ? outcome : worst;
        refused |= outcome == OUTCOME_REFUSED;
    }
    if (pruning->state.anew && !pruning->dry && !refused &&
        prune_state_write_clock(&pruning->state, &pruning->now, &problem))
        return cli_fail(pruning->command, OUTCOME_REFUSED, &problem);
    return worst;
}

static enum outcome fail_clock(
    struct pruning *pruning, const uint32_t *agents, size_t count, const struct problem *problem)
{
    const struct prune_telling telling = telling_of(pruning);
    struct problem why;
    if (strcmp(problem->code, "clock-jumped"))
        return cli_fail(pruning->command, OUTCOME_REFUSED, problem);
    for (size_t i = 0; i < count && pruning->tells; i++) {
        enum outcome told = prune_tell_clock(&telling, agents[i], problem->reason, &why);
        if (told)
            cli_fail(pruning->command, told, &why);
    }
    return cli_fail(pruning->command, OUTCOME_STOPPED, problem);
}

static enum outcome prune_all(struct pruning *pruning)
{
    struct problem problem;
    uint32_t *agents = NULL;
    size_t count = 0;
    int64_t newest_s = 0;
    if (catalogue_agents(pruning->target, &agents, &count, &newest_s, &problem))
        return cli_fail(pruning->command, OUTCOME_REFUSED, &problem);
    enum outcome outcome = check_clock(pruning, newest_s, &problem) ? fail_clock(pruning, agents, count, &problem)
                                                                     : prune_agents(pruning, agents, count);
    free(agents);
    return outcome;
}

static enum outcome prune_target(struct pruning *pruning, const char *rules, struct problem *problem)
{
    struct target_conf conf;
    if (repository_conf(pruning->cli, pruning->command, pruning->given, &conf, problem))
        return cli_fail(pruning->command, OUTCOME_BAD_FILE, problem);
    pruning->target = target_open(&conf, &(struct target_manner){ 0 }, problem);
    if (!pruning->target)
        return cli_fail(pruning->command, OUTCOME_BAD_FILE, problem);
    int error = pruning->dry ? prune_state_look(&pruning->state, rules, problem)
                             : prune_state_open(&pruning->state, rules, problem);
    enum outcome outcome = error ? cli_fail(pruning->command, OUTCOME_REFUSED, problem) : prune_all(pruning);
    if (pruning->cli->options.json)
        printf("%s]\n", pruning->n_reports ? "" : "[");
    if (!error)
        prune_state_close(&pruning->state);
    target_close(pruning->target);
    return outcome;
}

enum outcome run_prune(struct cli *cli, const struct command *command, const struct given *given)
{
    struct pruning pruning = {
        .cli = cli, .command = command, .given = given, .dry = given_value(command, given, "--dry-run") != NULL
    };
    pruning.tells = cli->options.url && !pruning.dry;
    struct problem problem;
    char rules[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "--rules"), rules, &problem) ||
        prune_rules_load(rules, &pruning.rules, &problem))
        return cli_fail(command, OUTCOME_BAD_FILE, &problem);
    enum outcome outcome = prune_target(&pruning, rules, &problem);
    zones_free(&pruning.zones);
    prune_rules_free(&pruning.rules);
    return outcome;
}
