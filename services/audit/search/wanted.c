#include "services/audit/search/wanted.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"

/* As it stands in an entry, which is JSON. */
static void add(struct wanted *wanted, const char *text)
{
    struct buf json = { 0 };
    if (text && !buf_json_string(&json, text, strlen(text)))
        terms_add(&wanted->terms, json.data, json.length);
    buf_free(&json);
}

void wanted_terms(struct wanted *wanted)
{
    char subject[32];
    wanted->terms.n = 0;
    if (wanted->agent) {
        snprintf(subject, sizeof(subject), "agent/%" PRIu32, wanted->agent);
        add(wanted, subject);
    }
    if (wanted->phrase)
        terms_add(&wanted->terms, wanted->phrase->text, wanted->phrase->bytes);
    /* An actor stands in two parts there (event_data_write), of which the second tells more. */
    const char *name = wanted->actor ? strchr(wanted->actor, ':') : NULL;
    add(wanted, name ? name + 1 : wanted->actor);
    /* Without "vedette" and "v1", which say nothing. */
    const char *type = wanted->type ? strchr(wanted->type, '.') : NULL;
    if (type)
        terms_add(&wanted->terms, type, (size_t)(strrchr(type, '.') - type));
    add(wanted, wanted->tenant);
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
