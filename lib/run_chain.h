/*
 * The chain of a document's runs on one agent: each end that is told has a number and a hash over the one before and
 * all that is said of it, so that none can be left out, added or changed afterwards without the next one showing it.
 * Pure; the same on the agent, which makes it, and on the server, which checks it. A head is 32 zeros before the first.
 *
 * What is hashed: the head before, then a text of one line each: vedette-run-v1, document, version, occurrence, state,
 * time, number, code, reason, exit status, signal, bytes of output, whether it was cut; what is not said is an empty
 * line.
 */
#ifndef VEDETTE_RUN_CHAIN_H
#define VEDETTE_RUN_CHAIN_H

#include "contract.h"
#include "lib/crypto.h"

struct run_chain {
    uint64_t links;
    uint8_t head[SHA256_BYTES];
};

/* The chain with this end added. What the end itself says in chain_link and chain is ignored. */
struct run_chain run_chain_next(const struct run_chain *, const struct envelope_run *);

enum run_chain_verdict {
    RUN_CHAIN_FOLLOWS, /* the next one */
    RUN_CHAIN_KNOWN,   /* the head itself again */
    RUN_CHAIN_OLD,     /* of a number before it: it was told already, or the agent was set back */
    RUN_CHAIN_BROKEN,  /* *ret_missing before it were never told; 0: it is not what must come next */
};

/* Does an end, by its chain_link and chain, follow this chain? */
enum run_chain_verdict run_chain_judge(const struct run_chain *, const struct envelope_run *, uint64_t *ret_missing);
/* The chain that this end claims. false: its head is no hash. */
bool run_chain_of(const struct envelope_run *, struct run_chain *ret);

#endif
