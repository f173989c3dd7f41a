#include "agent/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/policy.h"
#include "agent/state.h"
#include "lib/problem.h"
#include "lib/target/conf.h"
#include "lib/version.h"

static const struct option_row {
    const char *name, *value; /* value NULL: the option is a flag */
    size_t offset;
    const char *meaning; /* NULL: between our programs, not for people */
} rows[] = {
    { "state", "DIR", offsetof(struct options, state), "what the agent keeps; " STATE_DEFAULT },
    { "policy", "FILE", offsetof(struct options, policy), "the owner's policy; " POLICY_DEFAULT },
    { "targets", "FILE", offsetof(struct options, targets), "the owner's targets of backups; " TARGETS_DEFAULT },
    { "server", "URL", offsetof(struct options, server), "enrol: https://host[:port], port 7701" },
    { "token-file", "FILE", offsetof(struct options, token_file),
        "enrol: file with the enrolment token, - for standard input" },
    { "token", "T", offsetof(struct options, token),
        "enrol: the token itself; every user here can see it in ps: prefer --token-file" },
    { "ca", "sha256:HEX", offsetof(struct options, ca),
        "enrol: fingerprint of the server's CA, as the portal shows it" },
    { "trust", "sha256:HEX", offsetof(struct options, trust),
        "enrol: hash of a version of the trust file, as the signers' own tool shows it: only what they sign is carried "
        "out" },
    { "tenant", "T", offsetof(struct options, tenant), "enrol: the customer this machine belongs to" },
    { "site", "S", offsetof(struct options, site), "enrol: the place it stands at" },
    { "name", "N", offsetof(struct options, name), "enrol: what people call this machine; its host name" },
    { "again", NULL, offsetof(struct options, again), "enrol: although the state directory is enrolled already" },
    { "instance", "HEX", offsetof(struct options, instance), NULL },
    { "nonce", "HEX", offsetof(struct options, nonce), NULL },
    { "guarded", NULL, offsetof(struct options, guarded), NULL },
    { "version", NULL, offsetof(struct options, version), "print the version" },
    { "help", NULL, offsetof(struct options, help), "print this" },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

int options_parse(int argc, char **argv, struct options *ret)
{
    struct options options = { .state = STATE_DEFAULT };
    struct option longs[ROWS + 1] = { 0 };
    int found, index = 0;
    for (size_t i = 0; i < ROWS; i++)
        longs[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL, 0 };
    while ((found = getopt_long(argc, argv, "", longs, &index)) == 0) {
        char *place = (char *)&options + rows[index].offset;
        if (rows[index].value)
            *(const char **)place = optarg;
        else
            *(bool *)place = true;
    }
    if (found != -1)
        return -1;
    for (; optind < argc && options.n_words < WORDS_MAX; optind++)
        options.words[options.n_words++] = argv[optind];
    *ret = options;
    return 0;
}

const char *options_whole(const char *path, char *ret)
{
    return path && realpath(path, ret) ? ret : path;
}

static int print_help(const char *program, const struct subcommand *table)
{
    printf("usage: %s [options] SUBCOMMAND\n\n", program);
    for (; table->name; table++)
        printf("  %-12s %-12s %s\n", table->name, table->arguments, table->meaning);
    printf("\n");
    for (size_t i = 0; i < ROWS; i++) {
        char option[64];
        snprintf(option, sizeof(option), "--%s %s", rows[i].name, rows[i].value ? rows[i].value : "");
        if (rows[i].meaning)
            printf("  %-25s %s\n", option, rows[i].meaning);
    }
    return fflush(stdout) ? 1 : 0;
}

int subcommand_run(const char *program, const struct subcommand *table, const char *fallback,
    const struct options *options, char **argv)
{
    const char *wanted = options->n_words ? options->words[0] : fallback;
    if (options->version)
        return printf("%s %s %s\n", program, vedette_version, vedette_platform) < 0;
    if (options->help || !wanted)
        return print_help(program, table);
    for (const struct subcommand *one = table; one->name; one++) {
        if (!strcmp(one->name, wanted))
            return one->run(options, argv);
    }
    fprintf(stderr, "%s: there is no subcommand %s; see %s --help\n", program, wanted, program);
    return 2;
}

int say_problem(const struct problem *problem)
{
    fprintf(stderr, "vedette-agent: %s (%s)\n", problem->reason, problem->code);
    return 1;
}
