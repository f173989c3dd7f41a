#include "lib/fold.h"

#include <stdio.h>
#include <string.h>

#include "lib/network.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool is_alike(
    const struct fold *fold, const struct fold_kind *kind, const struct refusal *refusal, uint64_t network)
{
    if (strcmp(kind->code, refusal->code))
        return false;
    if (!fold->by_user)
        return kind->network == network;
    return !strcmp(kind->user, or_empty(refusal->user)) && !strcmp(or_empty(kind->call), or_empty(refusal->call));
}

static struct fold_kind *add_kind(struct fold *fold, const struct refusal *refusal, uint64_t network)
{
    struct fold_kind *kind = &fold->kinds[fold->n++];
    *kind = (struct fold_kind){
        .code = refusal->code,
        .call = refusal->call,
        .number = refusal->number,
        .network = network,
    };
    snprintf(kind->user, sizeof(kind->user), "%s", or_empty(refusal->user));
    snprintf(kind->address, sizeof(kind->address), "%s", or_empty(refusal->address));
    return kind;
}

static void tell_kind(struct fold_kind *kind, fold_tell *tell, void *arg)
{
    if (kind->count && !tell(arg, kind))
        kind->count = 0;
}

void fold_add(struct fold *fold, const struct refusal *refusal, fold_tell *tell, void *arg)
{
    static const struct refusal various = { .code = FOLD_VARIOUS };
    const uint64_t network = network_of(or_empty(refusal->address));
    unsigned i = 0;
    while (i < fold->n && !is_alike(fold, &fold->kinds[i], refusal, network))
        i++;
    if (i < fold->n) {
        fold->kinds[i].count++;
    } else if (i < FOLD_KINDS) {
        struct fold_kind *kind = add_kind(fold, refusal, network);
        kind->count = 1;
        tell_kind(kind, tell, arg);
    } else {
        if (fold->n == FOLD_KINDS)
            add_kind(fold, &various, 0);
        fold->kinds[FOLD_KINDS].count++;
    }
}

void fold_period(struct fold *fold, fold_tell *tell, void *arg)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < fold->n; i++) {
        tell_kind(&fold->kinds[i], tell, arg);
        if (fold->kinds[i].count)
            fold->kinds[kept++] = fold->kinds[i];
    }
    fold->n = kept;
}
