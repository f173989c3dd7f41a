/* `vedette restore --find`: a name in all backups. */
#ifndef VEDETTE_CLI_BROWSE_FIND_H
#define VEDETTE_CLI_BROWSE_FIND_H

#include "cli/command.h"

enum outcome find_in_backups(struct cli *, const struct command *, const struct given *, const char *pattern);

#endif
