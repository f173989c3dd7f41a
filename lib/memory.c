#include "lib/memory.h"

#include <stdlib.h>

static _Thread_local bool lacked;

static void *note(void *got)
{
    lacked |= !got;
    return got;
}

void *memory_get(size_t bytes)
{
    return note(malloc(bytes));
}

void *memory_change(void *old, size_t bytes)
{
    if (bytes)
        return note(realloc(old, bytes));
    free(old);
    return NULL;
}

void memory_watch(void)
{
    lacked = false;
}

bool memory_lacked(void)
{
    return lacked;
}
