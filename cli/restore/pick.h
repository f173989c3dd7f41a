/* Which backup: of the agent that was named, or the only one there is; the one that was named, or the newest. */
#ifndef VEDETTE_CLI_RESTORE_PICK_H
#define VEDETTE_CLI_RESTORE_PICK_H

#include "lib/repository/commit.h"
#include "lib/target/target.h"

struct problem;

#define PICK_AGENTS_MAX 64     /* that are named when one has to be chosen */
#define PICK_BACKUPS_MAX 65536 /* of one agent */
#define PICK_AHEAD_MS 3600000  /* the clock of a machine may be */

/* 0: *ret is its id. -1 + problem: there is none, or more than one. */
int pick_agent(struct target *, uint32_t *ret, struct problem *);

struct picked {
    struct commit commit;
    char signer[FINGERPRINT_HEX_BYTES];
};

/* The names of an agent's commits, in ascending order; the caller frees. */
int pick_names(struct target *, uint32_t agent, char (**ret)[BACKUP_BYTES], size_t *ret_n, struct problem *);
/* Fetch and open a commit. signer: whose it must be; NULL: anybody's. */
int pick_commit(
    struct target *, uint32_t agent, const char *backup, const char *signer, struct picked *ret, struct problem *);
/* Who signs may date a backup so that it stays the newest, whatever is made after it. -1 + problem "clock": it says that
 * it ended after latest_ms. */
int pick_timely(const struct commit *, int64_t latest_ms, struct problem *);
/* The newest. With commits of several keys the signer must be said: anybody may write a newer one. One that cannot be
 * read may be the newest: then the backup must be named; and if the newest says that it ended after latest_ms: "clock".
 */
int pick_newest(
    struct target *, uint32_t agent, const char *signer, int64_t latest_ms, struct picked *ret, struct problem *);

#endif
