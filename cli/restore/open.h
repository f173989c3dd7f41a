/* What commands about repositories have in common: the target that was named, and the agent. */
#ifndef VEDETTE_CLI_RESTORE_OPEN_H
#define VEDETTE_CLI_RESTORE_OPEN_H

#include "cli/cli.h"
#include "lib/envelope/envelope.h"
#include "lib/target/conf.h"
#include "lib/target/target.h"

/* TARGET is a name in the file --targets, or the folder of a directory target. */
int repository_conf(
    struct cli *, const struct command *, const struct given *, struct target_conf *ret, struct problem *);
/* --agent, or the only one there is. */
int repository_agent(const struct command *, const struct given *, struct target *, uint32_t *ret, struct problem *);
/* --key, the target, and the agent; the key is the caller's to free, whatever comes of it. */
int repository_with_key(struct cli *, const struct command *, const struct given *, struct envelope_key **ret_key,
    struct target_conf *ret_conf, uint32_t *ret_agent, struct problem *);

#endif
