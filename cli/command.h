/* One row of the table of subcommands: it is dispatch and help. */
#ifndef VEDETTE_CLI_COMMAND_H
#define VEDETTE_CLI_COMMAND_H

#include "cli/arguments.h"

struct cli;

/* Exit status. */
enum outcome {
    OUTCOME_OK = 0,
    OUTCOME_REFUSED = 1, /* the reason is on standard error */
    OUTCOME_USAGE = 2,
    OUTCOME_UNREACHABLE = 3,
    OUTCOME_BAD_FILE = 4, /* of a subscriber */
    OUTCOME_FORK = 5, /* a witness found that the log is not what it was */
    OUTCOME_STOPPED = 6, /* pruning: a person has to look before anything goes */
};

struct command {
    const char *words, *meaning;
    enum outcome (*run)(struct cli *, const struct command *, const struct given *);
    int call;            /* enum call that run makes; -1: none or several */
    const char *columns; /* of a list for people; see print.h */
    const char *id;      /* the field that JSON calls `id`; NULL: none */
    struct argument arguments[ARGUMENTS_MAX];
};

/* Ended by words NULL. */
extern const struct command commands[];

/* The command whose words begin argv; of several the one with most. *ret_words is their count. NULL: none. */
const struct command *command_find(int argc, char **argv, int *ret_words);

void help_all(void);
/* The subcommands that begin with the word; how many there are. */
int help_group(const char *word);
void help_one(const struct command *);

#endif
