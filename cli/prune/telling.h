/* What a run of the pruner tells the server, if it is told of one (--url): what stopped it, and what its rules hold. */
#ifndef VEDETTE_CLI_PRUNE_TELLING_H
#define VEDETTE_CLI_PRUNE_TELLING_H

#include "cli/cli.h"
#include "cli/prune/report.h"

struct problem;

struct prune_telling {
    struct cli *cli;
    const char *target; /* its name in plans; NULL: not said */
    int64_t now_s;
};

/* Of one machine's repository. */
enum outcome prune_tell(const struct prune_telling *, const struct prune_report *, struct problem *);
/* Of a machine whose repository was not read, because this clock is not believed. */
enum outcome prune_tell_clock(const struct prune_telling *, uint32_t agent, const char *reason, struct problem *);

#endif
