/*
 * vedette: the command line, for DevOps, administrators and auditors.
 *
 * It is trusted with what the person who runs it may do: locally with the state directory's `cli` key (root's), over
 * --url with an API token. It keeps nothing, and never takes a secret from argv.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/local.h"
#include "cli/remote.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/version.h"

int cli_path(const struct cli *cli, const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char path[PATH_MAX];
    int length = name[0] == '/' ? snprintf(path, sizeof(path), "%s", name)
                                : snprintf(path, sizeof(path), "%s/%s", cli->directory, name);
    if (length >= (int)sizeof(path))
        return problem_set(problem, "file", "", "the path of %.100s is too long", name);
    memcpy(ret, path, sizeof(path));
    return 0;
}

enum outcome cli_fail(const struct command *command, enum outcome outcome, const struct problem *problem)
{
    fprintf(stderr, "vedette: %s%s%s (%s)\n", command ? command->words : "", command ? ": " : "", problem->reason,
        problem->code);
    if (outcome == OUTCOME_USAGE && command)
        help_one(command);
    return outcome;
}

static enum outcome usage(const struct problem *problem)
{
    cli_fail(NULL, OUTCOME_USAGE, problem);
    fprintf(stderr, "`vedette help` lists the subcommands, `vedette help WORD` those that begin with it.\n");
    return OUTCOME_USAGE;
}

/* About what was named: one subcommand, those that begin with a word, or all. */
static void help(const struct command *command, int argc, char **argv)
{
    int skip = argc && !strcmp(argv[0], "help");
    if (argc - skip != 1 || !help_group(argv[skip])) {
        if (command)
            help_one(command);
        else
            help_all();
    }
}

static enum outcome dispatch(struct cli *cli, int argc, char **argv)
{
    struct problem problem;
    struct given given;
    int words = 0;
    const struct command *command = command_find(argc, argv, &words);
    if (cli->options.version) {
        printf("vedette %s\n", vedette_version);
        return OUTCOME_OK;
    }
    if (cli->options.help || !argc || !strcmp(argv[0], "help")) {
        help(command, argc, argv);
        return argc || cli->options.help ? OUTCOME_OK : OUTCOME_USAGE;
    }
    if (!command) {
        problem_set(&problem, "usage", argv[0], "there is no subcommand \"%s%s%s\"", argv[0], argc > 1 ? " " : "",
            argc > 1 ? argv[1] : "");
        return usage(&problem);
    }
    if (arguments_parse(command, argc - words, argv + words, &given, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    return command->run(cli, command, &given);
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    struct problem problem;
    crypto_open();
    log_open("vedette", LOG_LEVEL_ERROR);
    if (!getcwd(cli.directory, sizeof(cli.directory))) {
        problem_errno(&problem, "file", "", "cannot tell the current directory");
        return cli_fail(NULL, OUTCOME_REFUSED, &problem);
    }
    if (arguments_globals(&argc, argv, &cli.options, &problem))
        return usage(&problem);
    enum outcome outcome = dispatch(&cli, argc, argv);
    local_free(cli.local);
    remote_free(cli.remote);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "vedette: cannot write the output\n");
        outcome = outcome ? outcome : OUTCOME_REFUSED;
    }
    return (int)outcome;
}
