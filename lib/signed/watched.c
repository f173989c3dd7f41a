#include "lib/signed/watched.h"

#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/form.h"

const struct part *watched_part(void)
{
    return form_member(kind_rows[DOCUMENT_KIND_WATCH].body, "watches")->part;
}

static bool stands_in(const char *const *words, const char *name)
{
    return word_index(words, name) >= 0;
}

/* One that only some kinds have. */
static bool is_parameter(const char *name)
{
    for (int kind = 0; kind < WATCH_KIND_COUNT; kind++) {
        if (stands_in(watch_rows[kind].allowed, name))
            return true;
    }
    return false;
}

static bool has(const struct member *member, const struct document_watched *watch)
{
    if (member->part || member->most)
        return *(void *const *)((const char *)watch + member->offset);
    return message_has(member->field, watch);
}

static int check_parameters(const struct document_watched *watch, struct problem *problem)
{
    const struct watch_row *row = &watch_rows[watch->kind];
    const struct part *part = watched_part();
    for (size_t i = 0; i < part->n_members; i++) {
        const char *name = part->members[i].name;
        bool there = has(&part->members[i], watch);
        if (there && is_parameter(name) && !stands_in(row->allowed, name))
            return problem_set(problem, "bad-document", name, "a watch of kind %s has no %s", row->name, name);
        if (!there && stands_in(row->required, name))
            return problem_set(problem, "bad-document", name, "a watch of kind %s needs %s", row->name, name);
    }
    return 0;
}

static int check_choices(const struct document_watched *watch, struct problem *problem)
{
    if (watch->path && *watch->path != '/')
        return problem_set(problem, "bad-document", "path", "a path begins with /");
    if (watch->kind == WATCH_KIND_SMART && strncmp(watch->device, "/dev/", 5))
        return problem_set(problem, "bad-document", "device", "a device stands below /dev/");
    if (watch->kind == WATCH_KIND_SCRIPT && !watch->n_argv == !watch->script)
        return problem_set(problem, "bad-document", "argv", "a script watch has a command or a script, and not both");
    if (watch->kind == WATCH_KIND_CERTIFICATE &&
        (watch->path ? watch->host || watch->has_port : !watch->host || !watch->has_port))
        return problem_set(
            problem, "bad-document", "path", "a certificate stands in a file, or is that of a host and port");
    if (watch->kind == WATCH_KIND_HTTP && strncmp(watch->url, "http://", 7) && strncmp(watch->url, "https://", 8))
        return problem_set(problem, "bad-document", "url", "a URL begins with http:// or https://");
    return 0;
}

/* Not the wrong way round, seen from the good side. */
static bool are_in_order(enum side side, uint64_t good, uint64_t bad)
{
    return side == SIDE_ABOVE ? good <= bad : good >= bad;
}

static int check_thresholds(const struct document_watched *watch, struct problem *problem)
{
    enum side side = watch->has_side ? (enum side)watch->side : (enum side)watch_rows[watch->kind].side;
    if ((watch->has_warning_clear && !watch->has_warning) || (watch->has_critical_clear && !watch->has_critical))
        return problem_set(problem, "bad-document", "warning_clear", "there is no threshold to come back from");
    if (watch->has_warning && watch->has_critical && !are_in_order(side, watch->warning, watch->critical))
        return problem_set(problem, "bad-document", "critical", "what is critical is not yet a warning");
    if (watch->has_warning_clear && !are_in_order(side, watch->warning_clear, watch->warning))
        return problem_set(problem, "bad-document", "warning_clear", "it lies on the bad side of warning");
    if (watch->has_critical_clear && !are_in_order(side, watch->critical_clear, watch->critical))
        return problem_set(problem, "bad-document", "critical_clear", "it lies on the bad side of critical");
    return 0;
}

static bool stands_before(const struct document_watched *watches, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(watches[i].name, name))
            return true;
    }
    return false;
}

int watched_check(const struct document_watched *watches, size_t n, struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        const struct document_watched *watch = &watches[i];
        if (stands_before(watches, i, watch->name))
            return problem_set(problem, "bad-document", "name", "two watches are called %s", watch->name);
        /* So nothing depends on itself, by whatever way. */
        if (watch->depends_on && !stands_before(watches, i, watch->depends_on))
            return problem_set(problem, "bad-document", "depends_on", "no watch called %s stands before %s",
                watch->depends_on, watch->name);
        if (check_parameters(watch, problem) || check_choices(watch, problem) || check_thresholds(watch, problem))
            return -1;
    }
    return 0;
}
