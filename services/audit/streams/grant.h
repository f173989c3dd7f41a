/* What a subscriber may read, and whether a wish lies within it. Pure. */
#ifndef VEDETTE_AUDIT_GRANT_H
#define VEDETTE_AUDIT_GRANT_H

#include "lib/bus/resume.h"

struct problem;

#define GRANT_CLASSES_BYTES 32 /* of all classes as text */

struct grant {
    unsigned classes; /* bits 1 << enum class */
    char tenant[33];  /* "": all */
    int least_sev;    /* 1-4: events numerically ≤ */
    struct resume_types types;
};

/* From texts as in calls.def; tenant and types may be NULL, least_sev 0: no limit. */
int grant_read(
    const char *classes, const char *tenant, int least_sev, const char *types, struct grant *ret, struct problem *);

/* 0, or -1 + problem, which says what is granted. */
int grant_check(const struct grant *, const struct resume_filter *wish, struct problem *);

#endif
