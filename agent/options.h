/* The options of vedette-agent and of vedette-agent-carry: one table, so that one can hand its words to the other. */
#ifndef VEDETTE_AGENT_OPTIONS_H
#define VEDETTE_AGENT_OPTIONS_H

#include <stdbool.h>

#define WORDS_MAX 4 /* `consent allow ID` and one too many, which is noticed */

struct options {
    const char *state;                                                   /* never NULL */
    const char *policy;                                                  /* NULL: POLICY_DEFAULT where it is there */
    const char *targets;                                                 /* NULL: TARGETS_DEFAULT */
    const char *server, *token, *token_file, *ca, *tenant, *site, *name; /* enrol */
    bool again;
    const char *trust;            /* enrol */
    const char *instance, *nonce; /* carry mail */
    bool guarded;                 /* run: an update is tried, and its guard is our parent */
    bool version, help;
    const char *words[WORDS_MAX]; /* what is no option, in order: the subcommand first */
    unsigned n_words;
};

/* A path that leads there from everywhere. One that is not there stays as it was typed: it is not found later, rather than gone
 * without. NULL stays NULL. ret is PATH_MAX. */
const char *options_whole(const char *path, char *ret);

/* A subcommand; the table of them is the dispatch and the help. */
struct subcommand {
    const char *name, *arguments, *meaning;
    int (*run)(const struct options *, char **argv); /* exit status */
};

/* Options may stand before or after the subcommand. -1: something is wrong and was said on stderr. */
int options_parse(int argc, char **argv, struct options *ret);

/* Run the one that the first word names (fallback if there is none); 2 if there is no such one. */
int subcommand_run(
    const char *program, const struct subcommand *table, const char *fallback, const struct options *, char **argv);

struct problem;
/* Tell it to whoever typed the command; returns the exit status 1. */
int say_problem(const struct problem *);

#endif
