/* From which entry on a log's bundles are kept, as the log of operations itself says (class ops, retention.*). */
#ifndef VEDETTE_CLI_LOG_KEPT_H
#define VEDETTE_CLI_LOG_KEPT_H

#include "cli/log/open.h"

/* 0 if the log's first bundle is there. Else what the newest event in the ops log says, which stands beside the log or
 * is the one of --ops, and must be signed by the same key: every entry that is read of it is verified. */
int log_kept_from(const struct cli *, const struct command *, const struct given *, struct opened_log *, uint64_t *ret,
    struct problem *);

#endif
