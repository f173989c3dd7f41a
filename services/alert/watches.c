#include "services/alert/watches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The alerts of each sort of things, by how their names begin; watches' may be any. */
static const struct {
    const char *begins;
    enum level level;
    enum kind kind;
} kinds[] = {
    { WATCHES_PLAN, LEVEL_WARNING, KIND_BACKUP_MISSED },
    { WATCHES_PLAN, LEVEL_CRITICAL, KIND_BACKUP_FAILED },
    { WATCHES_PLAN, LEVEL_UNKNOWN, KIND_BACKUP_DOUBTFUL },
    { WATCHES_PROOF, LEVEL_WARNING, KIND_PROOF_LATE },
    { WATCHES_PROOF, LEVEL_CRITICAL, KIND_BACKUP_UNPROVEN },
    { WATCHES_PRUNE, LEVEL_CRITICAL, KIND_PRUNE_STOPPED },
    { "", LEVEL_WARNING, KIND_WATCH_WARNING },
    { "", LEVEL_CRITICAL, KIND_WATCH_CRITICAL },
    { "", LEVEL_UNKNOWN, KIND_WATCH_UNKNOWN },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

enum kind watches_kind(const char *watch, enum level level)
{
    size_t i = 0;
    while (i < KINDS - 1 && (kinds[i].level != level || strncmp(watch, kinds[i].begins, strlen(kinds[i].begins))))
        i++;
    return kinds[i].kind;
}

enum level watches_kind_level(enum kind kind)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].kind == kind)
            return kinds[i].level;
    }
    return LEVEL_OK;
}

void watches_free(struct watches *watches)
{
    for (size_t i = 0; i < watches->n; i++)
        free(watches->items[i]);
    free(watches->items);
    *watches = (struct watches){ 0 };
}

/* Index of the first that is not before it; *ret_found says whether it is that one. */
static size_t search(const struct watches *watches, uint32_t agent, const char *watch, bool *ret_found)
{
    size_t low = 0, high = watches->n;
    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct watched *one = watches->items[middle];
        int order = (one->agent > agent) - (one->agent < agent);
        order = order ? order : strcmp(one->watch, watch);
        *ret_found = *ret_found || !order;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct watched *insert(struct watches *watches, size_t at, uint32_t agent, const char *watch)
{
    if (watches->n == watches->room) {
        size_t room = watches->room ? watches->room * 2 : 64;
        struct watched **items = room <= WATCHES_BAD_MAX ? reallocarray(watches->items, room, sizeof(*items)) : NULL;
        if (!items)
            return NULL;
        watches->items = items;
        watches->room = room;
    }
    struct watched *one = calloc(1, sizeof(*one));
    if (!one)
        return NULL;
    one->agent = agent;
    snprintf(one->watch, sizeof(one->watch), "%s", watch);
    memmove(watches->items + at + 1, watches->items + at, (watches->n - at) * sizeof(*watches->items));
    watches->items[at] = one;
    watches->n++;
    return one;
}

void watches_touch(struct watches *watches)
{
    watches->touched = true;
    watches->judged = 0;
}

int watches_level(struct watches *watches, uint32_t agent, const char *watch, enum level level, const char *text)
{
    bool found;
    size_t at = search(watches, agent, watch, &found);
    if (!found && level == LEVEL_OK)
        return 0;
    struct watched *one = found ? watches->items[at] : insert(watches, at, agent, watch);
    if (!one)
        return -1;
    one->level = level;
    snprintf(one->text, sizeof(one->text), "%s", text);
    watches_touch(watches);
    return 0;
}

int watches_restore(struct watches *watches, uint32_t agent, const char *watch, enum level open)
{
    bool found;
    size_t at = search(watches, agent, watch, &found);
    struct watched *one = found ? watches->items[at] : insert(watches, at, agent, watch);
    if (!one)
        return -1;
    one->open = open;
    watches_touch(watches);
    return 0;
}

/* Those that are well, with no alert, are forgotten. */
static void forget_well(struct watches *watches)
{
    size_t kept = 0;
    for (size_t i = 0; i < watches->n; i++) {
        struct watched *one = watches->items[i];
        if (one->level == LEVEL_OK && one->open == LEVEL_OK)
            free(one);
        else
            watches->items[kept++] = one;
    }
    watches->n = kept;
}

/* What is open stays so while an agent is quiet and the watch is not well. */
static enum level wanted(const struct watched *one, bool quiet, bool gone)
{
    if (gone)
        return LEVEL_OK;
    if (quiet && one->level != LEVEL_OK)
        return one->open;
    return one->level;
}

const struct watched *watches_next(struct watches *watches, bool (*quiet)(void *arg, uint32_t agent, bool *ret_gone),
    void *arg, enum level *ret_resolve, enum level *ret_open)
{
    if (!watches->touched)
        return NULL;
    if (!watches->judged)
        forget_well(watches);
    while (watches->judged < watches->n) {
        struct watched *one = watches->items[watches->judged++];
        bool gone = false, is_quiet = quiet(arg, one->agent, &gone);
        enum level level = wanted(one, is_quiet, gone);
        if (level == one->open)
            continue;
        *ret_resolve = one->open;
        *ret_open = level;
        one->open = level;
        if (gone)
            one->level = LEVEL_OK;
        return one;
    }
    watches->touched = false;
    return NULL;
}
