#include "agent/policy_settings.h"

#include <string.h>

#include "agent/policy_forms.h"
#include "lib/problem.h"

static const struct policy_key *find(const char *name)
{
    for (const struct policy_key *key = policy_keys; key->name; key++) {
        if (key->settable && !strcmp(key->name, name))
            return key;
    }
    return NULL;
}

static int settle_one(struct policy *policy, const struct document_assignment *setting, struct problem *problem)
{
    const struct policy_key *key = find(setting->name);
    struct policy wanted = *policy;
    if (!key)
        return problem_set(problem, "policy-setting", setting->name,
            "%.40s is not set by documents: it is this machine's owner's, or nothing here", setting->name);
    if (key->form->take(key, setting->value, (char *)&wanted + key->offset))
        return problem_set(problem, "policy-setting", key->name, "%s must be %s", key->name, key->form->wanted);
    if (!key->form->tighten((char *)policy + key->offset, (const char *)&wanted + key->offset))
        return problem_set(problem, "policy-setting", key->name,
            "%s = %.40s permits more than the owner's policy, and a setting can only be stricter", key->name,
            setting->value);
    return 0;
}

int policy_settle(struct policy *policy, const struct document_setting *document, struct problem *problem)
{
    int error = 0;
    for (size_t i = 0; i < document->n_settings; i++)
        error = settle_one(policy, &document->settings[i], error ? NULL : problem) || error;
    return error ? -1 : 0;
}
