/* What every subcommand works with: the global options, and the server once it was asked for the first time. */
#ifndef VEDETTE_CLI_CLI_H
#define VEDETTE_CLI_CLI_H

#include <limits.h>
#include <stdbool.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "lib/problem.h"

struct local;
struct remote;

struct cli {
    struct globals options;
    char directory[PATH_MAX]; /* where the command was typed: the bus works in the state directory */
    struct local *local;      /* local.h; NULL until needed */
    struct remote *remote;    /* remote.h; NULL until needed */
};

/* The path of a file that was named on the command line, wherever the process stands now. -1: too long. */
int cli_path(const struct cli *, const char *name, char ret[PATH_MAX], struct problem *);

/* Say on standard error why the command failed; returns the outcome for `return`. */
enum outcome cli_fail(const struct command *, enum outcome, const struct problem *);

#endif
