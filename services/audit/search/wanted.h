/* What a search asks for. Pure. */
#ifndef VEDETTE_AUDIT_WANTED_H
#define VEDETTE_AUDIT_WANTED_H

#include <stdbool.h>

#include "lib/phrase.h"
#include "services/audit/search/glance.h"
#include "services/audit/search/words.h"

/* What is not asked for is 0 or NULL and matches everything. Texts and phrase stay the caller's. */
struct wanted {
    int64_t from_ms, to_ms; /* both inclusive; to_ms has no such default */
    int least_sev;          /* entries at least so severe: numerically at most */
    uint32_t agent;
    const char *type, *tenant, *actor;
    const struct phrase *phrase;
    struct terms terms; /* made by wanted_terms */
};

/* Once all is set: the words without which nothing matches. What is asked for by field stands in the text, too. */
void wanted_terms(struct wanted *);

/* All but the phrase. */
bool wanted_matches(const struct wanted *, const struct glance *);

#endif
