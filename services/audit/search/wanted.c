#include "services/audit/search/wanted.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void wanted_terms(struct wanted *wanted)
{
    char subject[32];
    wanted->terms.n = 0;
    /* The rarest first. Tenants and types are in nearly every bundle. */
    if (wanted->agent) {
        snprintf(subject, sizeof(subject), "agent/%" PRIu32, wanted->agent);
        terms_add(&wanted->terms, subject, strlen(subject));
    }
    if (wanted->phrase)
        terms_add(&wanted->terms, wanted->phrase->text, wanted->phrase->bytes);
    if (wanted->actor)
        terms_add(&wanted->terms, wanted->actor, strlen(wanted->actor));
}

static bool same(const char *wanted, const char *has)
{
    return !wanted || !strcmp(wanted, has);
}

bool wanted_matches(const struct wanted *wanted, const struct glance *glance)
{
    return glance->time_ms >= wanted->from_ms && glance->time_ms <= wanted->to_ms &&
           (!wanted->least_sev || glance->sev <= wanted->least_sev) &&
           (!wanted->agent || glance->agent == wanted->agent) && same(wanted->type, glance->type) &&
           same(wanted->tenant, glance->tenant) && same(wanted->actor, glance->actor);
}
