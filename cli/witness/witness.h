/* A witness at work: follows each class of a server's log, and cosigns it. */
#ifndef VEDETTE_CLI_WITNESS_H
#define VEDETTE_CLI_WITNESS_H

#include "cli/cli.h"
#include "cli/witness/state.h"

struct witness {
    struct cli *cli;
    struct witness_state state;
    struct tlog_signer signer;
    struct tlog_vkey keys[VALUES_MAX]; /* of logs, that were given */
    size_t key_count;
    bool pin_first;
};

/* One round of one class: OUTCOME_OK if it is cosigned as far as it is offered, OUTCOME_FORK if the log is not what it
 * was. What is wrong was logged. */
enum outcome witness_follow(struct witness *, enum class);

#endif
