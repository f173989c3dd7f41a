/* `vedette backup target check`: what the holder of a target's credential can do there. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "lib/clock.h"
#include "lib/target/conf.h"
#include "lib/target/rights.h"
#include "lib/target/tried.h"

#define DEADLINE_MS 20000 /* somebody waits for it */

static void print_json(const struct target_conf *conf, enum target_result result, const struct target_rights *rights,
    const struct problem *problem)
{
    printf("{\"target\":\"%s\",\"result\":\"%s\",\"put\":\"%s\",\"if_absent\":%s,\"list\":\"%s\",\"get\":\"%s\","
           "\"replace\":\"%s\",\"remove\":\"%s\",\"write_once\":%s,\"code\":\"%s\"}\n",
        conf->name, target_result_word(result), target_result_word(rights->put), rights->if_absent ? "true" : "false",
        target_result_word(rights->list), target_result_word(rights->get), target_may_words[rights->replace],
        target_may_words[rights->remove], !result && target_is_write_once(rights) ? "true" : "false",
        result ? problem->code : "");
}

static const char *verdict(const struct target_conf *conf, const struct target_rights *rights)
{
    if (target_is_write_once(rights))
        return "Write-once: whoever takes over this machine can neither delete nor replace its backups there.";
    if (rights->remove == TARGET_MAY)
        return conf->kind == TARGET_DIRECTORY
                   ? "NOT write-once: whoever takes over this machine can delete its backups there."
                   : "NOT write-once: whoever takes over this machine can delete its backups there. "
                     "docs/backup-targets.md says how to prevent that.";
    if (rights->replace == TARGET_MAY)
        return "NOT write-once: whoever takes over this machine can replace its backups there.";
    return "Old versions stay, but whoever takes over this machine can hide its backups there behind newer ones: take "
           "away the rights to delete and to put without a condition. docs/backup-targets.md";
}

static void print_text(const struct target_conf *conf, const struct target_rights *rights)
{
    printf("%s\n  put        %s\n  if absent  %s\n  list       %s\n  get        %s\n  replace    %s\n  remove     %s\n",
        conf->name, target_result_word(rights->put),
        rights->if_absent ? "kept" : "not kept by the server: looked for first", target_result_word(rights->list),
        target_result_word(rights->get), target_may_words[rights->replace], target_may_words[rights->remove]);
    if (rights->left)
        printf("  left       %s\n", rights->probe);
    printf("%s\n", verdict(conf, rights));
}

/* For the agent to tell; whoever may not write beside the owner's file has an answer all the same. */
static void keep(const struct cli *cli, const char *path, const char *name, const struct target_rights *rights)
{
    struct problem problem;
    if (target_tried_keep(path, name, rights, target_is_write_once(rights), clock_wall_ms(), &problem) &&
        !cli->options.json)
        printf("Not kept for the agent to tell: %s\n", problem.reason);
}

static enum outcome check_one(
    struct cli *cli, const struct command *command, const char *path, const struct target_conf *conf)
{
    struct problem problem;
    struct target_rights rights = { .list = TARGET_ABSENT, .get = TARGET_ABSENT };
    struct target *target = target_open(conf, &(struct target_manner){ .deadline_ms = DEADLINE_MS }, &problem);
    if (!target)
        return cli_fail(command, OUTCOME_BAD_FILE, &problem);
    enum target_result result = target_rights(target, &rights, &problem);
    target_close(target);
    if (!result)
        keep(cli, path, conf->name, &rights);
    if (cli->options.json)
        print_json(conf, result, &rights, &problem);
    else if (!result)
        print_text(conf, &rights);
    if (result)
        return cli_fail(command, result == TARGET_UNREACHED ? OUTCOME_UNREACHABLE : OUTCOME_REFUSED, &problem);
    return !rights.list && !rights.get ? OUTCOME_OK : OUTCOME_REFUSED;
}

/* The worst of all, which is the highest. */
static enum outcome check_all(struct cli *cli, const struct command *command, const char *path)
{
    struct problem problem;
    struct target_confs confs;
    enum outcome worst = OUTCOME_OK;
    if (target_confs_load(path, &confs, &problem))
        return cli_fail(command, OUTCOME_BAD_FILE, &problem);
    for (unsigned i = 0; i < confs.n; i++) {
        enum outcome outcome = check_one(cli, command, path, &confs.all[i]);
        worst = outcome > worst ? outcome : worst;
    }
    target_confs_free(&confs);
    return worst;
}

enum outcome run_backup_target_check(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct target_conf conf;
    char path[PATH_MAX];
    const char *named = given_value(command, given, "NAME|FILE"), *file = given_value(command, given, "--targets");
    bool all = strchr(named, '/');
    if (cli_path(cli, all ? named : file ? file : TARGETS_DEFAULT, path, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    if (all)
        return check_all(cli, command, path);
    if (target_conf_find(path, named, &conf, &problem))
        return cli_fail(command, OUTCOME_BAD_FILE, &problem);
    return check_one(cli, command, path, &conf);
}
