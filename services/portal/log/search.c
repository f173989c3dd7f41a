/* The log for browsers: searches, histograms and single entries, of the classes that a role may read. */

#include "lib/bus/bus.h"
#include "lib/message/message.h"
#include "services/portal/web.h"

#define DEADLINE_MS 15000 /* audit's searches take a second each, and some may wait before this one */

/* As for the live stream (feed.c): what happens to agents everybody may see, who did what only auditors. */
#define CLASSES_OF_ALL (1u << CLASS_FLEET | 1u << CLASS_ALERT)
#define CLASSES_OF_ALL_TEXT "fleet alert"

static int no_permission(const char *field, struct problem *problem)
{
    return problem_set(problem, "no-permission", field, "classes ops and access need the role auditor");
}

/* Cut the asked-for classes down to those of the role; classes named and not permitted are refused. */
static int bound_classes(const struct web *web, const char **classes, struct problem *problem)
{
    unsigned asked;
    if (web->who.role >= ROLE_AUDITOR)
        return 0;
    if (!*classes) {
        *classes = CLASSES_OF_ALL_TEXT;
        return 0;
    }
    if (word_set(class_words, *classes, &asked))
        return problem_set(problem, "bad-field", "classes", "classes are ops, access, fleet or alert");
    return asked & ~CLASSES_OF_ALL ? no_permission("classes", problem) : 0;
}

void web_log_search(struct web *web, const void *in)
{
    struct call_log_search request = *(const struct call_log_search *)in;
    struct problem problem;
    if (bound_classes(web, &request.classes, &problem))
        web_refuse(web, &problem);
    else
        ask_log_search(web->portal->program.bus, web->actor, &request, DEADLINE_MS, web_answered, web);
}

void web_log_histogram(struct web *web, const void *in)
{
    struct call_log_histogram request = *(const struct call_log_histogram *)in;
    struct problem problem;
    if (bound_classes(web, &request.classes, &problem))
        web_refuse(web, &problem);
    else
        ask_log_histogram(web->portal->program.bus, web->actor, &request, DEADLINE_MS, web_answered, web);
}

void web_log_entry(struct web *web, const void *in)
{
    const struct call_log_entry *request = in;
    struct problem problem;
    if (web->who.role < ROLE_AUDITOR && !(CLASSES_OF_ALL & 1u << request->class)) {
        no_permission("class", &problem);
        web_refuse(web, &problem);
        return;
    }
    ask_log_entry(web->portal->program.bus, web->actor, request, DEADLINE_MS, web_answered, web);
}
