/* Does the owner's policy allow what a signed document asks? Pure. */
#ifndef VEDETTE_AGENT_POLICY_RULES_H
#define VEDETTE_AGENT_POLICY_RULES_H

#include "agent/policy.h"
#include "contract.h"

struct policy_ask {
    enum document_kind kind;
    int64_t life_s;   /* from when it was made until it expires */
    const char *user; /* as whom something is to run; NULL: nothing is */
    bool is_root;     /* that user has user id 0 */
    bool is_agent;    /* that user is the agent's own, who may read its keys */
    bool script;
    int64_t timeout_s, output_bytes;
    int64_t memory_bytes, processes; /* 0: not said, the policy's limit holds */
};

/* 0, or -1 with the first of "policy-kind", "policy-life", "policy-script", "policy-user", "policy-time",
 * "policy-output", "policy-memory", "policy-processes" and a sentence that names the key. */
int policy_allows(const struct policy *, const struct policy_ask *, struct problem *);

/* What a plan of backups wants of this machine: "policy-path", "policy-target", "policy-dump". That a path leads nowhere
 * else is for the backup to see. */
int policy_allows_plan(const struct policy *, const struct document_backup_plan *, struct problem *);

#endif
