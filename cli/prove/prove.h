/*
 * `vedette backup prove`: looks at what machines have in a target, on a schedule, and tells the server. Its rooms:
 *
 *     prove.c      the command: which machines, in which order, for how long; options.c, what was asked for
 *     round.c      when is it due: pure
 *     bytes.c      without a key: every byte of a machine's repository, in as many runs as that takes
 *     restore.c    with a key: files of its newest backup, brought back in a sandbox (trial.c) and compared (compare.c)
 *     look.c       what both have in common
 *     sample.c     which files: pure
 *     word.c       what came of it, to the server
 *     memory.c     what is remembered from run to run; state.c, where
 */
#ifndef VEDETTE_CLI_PROVE_PROVE_H
#define VEDETTE_CLI_PROVE_PROVE_H

#include "cli/cli.h"
#include "cli/prove/sample.h"
#include "cli/prove/state.h"
#include "cli/prune/rules.h"
#include "lib/target/conf.h"

struct proving {
    struct cli *cli;
    const struct command *command;
    struct target_conf conf;
    const char *target; /* what the server is told that it is called */
    bool tells;         /* there is a server to be told */
    bool has_rules;
    struct prune_rules rules; /* by whose keys machines sign */
    struct proof_state state;
    int64_t every_ms;
    int64_t until_ms; /* monotonic; 0: as long as it takes */
    /* of test restores */
    struct envelope_key *key;
    char folder[PATH_MAX]; /* in which they stand for a while */
    struct sample_limits limits;
};

/* cli and command stand there already, and no lock. -1 + problem: close it nevertheless. */
int proving_open(struct proving *, const struct given *, struct problem *);
void proving_close(struct proving *);

/* One machine that is being looked at. */
struct proof_look {
    struct proving *proving;
    uint32_t agent;
    struct proof_memory memory;
    struct proof_memory found;      /* its n_bad and bad alone: what is wrong, as of this run */
    int64_t until_ms;               /* monotonic; 0: to the end */
    char first[PROOF_REASON_BYTES]; /* what was wrong first; "": nothing was */
};

/* Whether commits may bear this signature: as the rules say; without such a line as the first that was ever read. */
bool proof_trusts(void *look, const char *signer);
/* Something is wrong: it is told to people, remembered, and if it is the first, at once to the server. */
void proof_find(void *look, const char *name, const struct problem *);
/* What a name of an object ends with. */
const char *proof_short(const char *name);
/* The newest backup that is there; one that is older than what was there before is wrong. */
void proof_note_newest(struct proof_look *, const char *newest, int64_t newest_ms);

/* A round, or what there is time for. The memory says what came of it. -1 + problem: the target cannot be asked, or our
 * disk. */
int proof_bytes(struct proof_look *, struct problem *);
int proof_restore(struct proof_look *, struct problem *);

/* Tell the server what it was not told yet. -1 + problem: not now. */
int proof_tell(struct proof_look *, struct problem *);

#endif
