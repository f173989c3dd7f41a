/* How the values of the policy's keys are written. */
#ifndef VEDETTE_AGENT_POLICY_FORMS_H
#define VEDETTE_AGENT_POLICY_FORMS_H

#include "agent/policy.h"

struct policy_form {
    const char *wanted; /* ends the sentence "KEY must be …" */
    /* 0 and *place filled in; -1 and *place untouched. */
    int (*take)(const struct policy_key *, const char *value, void *place);
    /* The value at place as it could be written, cut off where there is no room. */
    void (*show)(const void *place, char *ret, size_t room);
    /* The stricter of both stays at place; false: that is not all that `by` says. NULL: none of two is the stricter. */
    bool (*tighten)(void *place, const void *by);
};

extern const struct policy_form policy_flag, policy_kind_list, policy_user_list, policy_path_list, policy_hour_list,
    policy_consent_word,
    policy_duration, policy_size, policy_count;

#endif
