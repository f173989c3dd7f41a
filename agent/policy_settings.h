/* What people have signed as settings of this machine. They can only be stricter than its owner's policy: whichever is
 * the stricter holds, also when the owner changes the policy later. Pure. */
#ifndef VEDETTE_AGENT_POLICY_SETTINGS_H
#define VEDETTE_AGENT_POLICY_SETTINGS_H

#include "agent/policy.h"
#include "contract.h"

/* The policy with these settings. -1 + "policy-setting": one that cannot be set by a document, is written in no form of
 * its key, or would permit more than the policy; all the others have had their effect. */
int policy_settle(struct policy *, const struct document_setting *, struct problem *);

#endif
