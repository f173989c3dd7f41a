#include "agent/policy_report.h"

#include "agent/policy_forms.h"

#define VALUE_BYTES 1024 /* sixteen users, eight ranges of hours */

json_t *policy_report(const struct policy *policy)
{
    json_t *report = json_object();
    for (const struct policy_key *key = policy_keys; report && key->name; key++) {
        char value[VALUE_BYTES];
        key->form->show((const char *)policy + key->offset, value, sizeof(value));
        json_object_set_new(report, key->name, json_string(value));
    }
    return report;
}
