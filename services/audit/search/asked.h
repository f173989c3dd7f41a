/* From the filters of a call to what is wanted of which classes. Pure. */
#ifndef VEDETTE_AUDIT_ASKED_H
#define VEDETTE_AUDIT_ASKED_H

#include "services/audit/search/wanted.h"

struct problem;

/* As calls.def has them; NULL, 0 and -1 (times) stand for what is absent. */
struct asked {
    const char *classes;
    int64_t from_ms, to_ms;
    const char *type, *tenant;
    uint32_t agent;
    const char *actor;
    uint32_t sev;
    const char *text;
};

struct answerable {
    unsigned classes; /* bits 1 << enum class */
    struct wanted wanted;
    struct phrase phrase;
    char type[GLANCE_TEXT_BYTES];
};

/* peer: who asks; it gets the classes it may read. Texts stay the caller's; *ret points into itself. */
int asked_read(const struct asked *, unsigned peer, struct answerable *ret, struct problem *);

#endif
