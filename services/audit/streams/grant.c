#include "services/audit/streams/grant.h"

#include <stdio.h>
#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"

static int read_classes(const char *text, unsigned *ret, struct problem *problem)
{
    if (!*text)
        return problem_set(problem, "bad-field", "classes", "a subscriber needs a class of the log at least");
    if (word_set(class_words, text, ret))
        return problem_set(problem, "bad-field", "classes", "classes are ops, access, fleet or alert");
    return 0;
}

int grant_read(const char *classes, const char *tenant, int least_sev, const char *types, struct grant *ret,
    struct problem *problem)
{
    struct grant grant = { .least_sev = least_sev ? least_sev : 4 };
    if (read_classes(classes, &grant.classes, problem))
        return -1;
    if (resume_types_read(types, &grant.types))
        return problem_set(
            problem, "bad-field", "types", "a type of event is unknown; one is vedette.agent.offline.v1");
    snprintf(grant.tenant, sizeof(grant.tenant), "%s", tenant ? tenant : "");
    *ret = grant;
    return 0;
}

int grant_check(const struct grant *grant, const struct resume_filter *wish, struct problem *problem)
{
    if (grant->classes & 1u << wish->class && wish->least_sev <= grant->least_sev &&
        (!grant->tenant[0] || !strcmp(grant->tenant, wish->tenant)) && resume_types_within(&wish->types, &grant->types))
        return 0;
    char classes[GRANT_CLASSES_BYTES];
    struct buf types = { .limit_bytes = 100 };
    word_set_text(class_words, grant->classes, classes, sizeof(classes));
    /* Too many to name: then it says that there is a limit. */
    if (resume_types_write(&grant->types, &types))
        buf_clear(&types);
    problem_set(problem, "no-permission", "", "granted: class %s, %s%s, severity 1 to %d, %s%s", classes,
        grant->tenant[0] ? "tenant " : "every tenant", grant->tenant, grant->least_sev,
        grant->types.all ? "every type"
        : types.length   ? "types "
                         : "some types only",
        types.length ? types.data : "");
    buf_free(&types);
    return -1;
}
