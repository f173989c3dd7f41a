#include "services/audit/search/asked.h"

#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "services/audit/streams/filter.h"

static int read_classes(const char *text, unsigned peer, unsigned *ret, struct problem *problem)
{
    unsigned classes = (1u << CLASS_COUNT) - 1, permitted = 0;
    if (text && word_set(class_words, text, &classes))
        return problem_set(
            problem, "bad-field", "classes", "classes are ops, access, fleet or alert, with blanks between");
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (filter_permitted(peer, (enum class) class))
            permitted |= 1u << class;
    }
    if (classes & ~permitted && text)
        return problem_set(problem, "no-permission", "classes", "this role may not read all of these classes");
    *ret = classes & permitted;
    return 0;
}

int asked_read(const struct asked *asked, unsigned peer, struct answerable *ret, struct problem *problem)
{
    unsigned classes = 0;
    struct phrase phrase;
    if (read_classes(asked->classes, peer, &classes, problem) ||
        (asked->text && phrase_read(asked->text, &phrase, problem)))
        return -1;
    ret->classes = classes;
    ret->wanted = (struct wanted){
        .from_ms = asked->from_ms < 0 ? 0 : asked->from_ms,
        .to_ms = asked->to_ms < 0 ? INT64_MAX : asked->to_ms,
        .least_sev = (int)asked->sev,
        .agent = asked->agent,
        .type = asked->type ? ret->type : NULL,
        .tenant = asked->tenant,
        .actor = asked->actor,
    };
    if (asked->type) {
        bool wire = !strncmp(asked->type, "vedette.", strlen("vedette."));
        snprintf(ret->type, sizeof(ret->type), wire ? "%s" : "vedette.%s.v1", asked->type);
    }
    if (asked->text) {
        ret->phrase = phrase;
        ret->wanted.phrase = &ret->phrase;
    }
    wanted_terms(&ret->wanted);
    return 0;
}
