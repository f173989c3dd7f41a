#include "lib/copies.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/records.h"

struct copy {
    struct copy *next;
    char text[];
};

const char *copies_add(struct copies *copies, const char *text)
{
    const struct problem problem = { .code = "no-memory", .reason = "no memory for an answer" };
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    struct copy *copy = malloc(sizeof(*copy) + bytes);
    if (!copy)
        records_fail(&problem);
    memcpy(copy->text, text, bytes);
    copy->next = copies->all;
    copies->all = copy;
    return copy->text;
}

void copies_free(struct copies *copies)
{
    while (copies->all) {
        struct copy *copy = copies->all;
        copies->all = copy->next;
        free(copy);
    }
}
