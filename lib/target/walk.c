#include "lib/target/walk.h"

#include <stdio.h>
#include <string.h>

bool walk_look(struct walk *walk, size_t length, const char *base)
{
    size_t room = sizeof(walk->name) - length;
    return (size_t)snprintf(walk->name + length, room, "%s", base) < room && target_is_name(walk->name);
}

enum target_result walk_tell(struct walk *walk, uint64_t bytes, int64_t modified_s)
{
    const struct target_object object = { walk->name, bytes, modified_s };
    return walk->lister(walk->arg, &object) ? TARGET_STOPPED : target_heard(walk->target);
}

size_t walk_enter(struct walk *walk)
{
    size_t length = strlen(walk->name);
    if (length + 2 > sizeof(walk->name))
        return 0;
    strcpy(walk->name + length, "/");
    return length + 1;
}
