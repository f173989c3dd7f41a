/*
 * Where a search goes on: in each class before which sequence, "ops=5 fleet=1200". It stays true while entries arrive.
 * Pure.
 */
#ifndef VEDETTE_AUDIT_CURSOR_H
#define VEDETTE_AUDIT_CURSOR_H

#include <stdint.h>

#include "contract.h"

#define CURSOR_BYTES 128 /* four classes with a sequence of 20 digits each, and NUL */
#define CURSOR_NEWEST UINT64_MAX

struct cursor {
    uint64_t before[CLASS_COUNT]; /* CURSOR_NEWEST: from the newest entry on; 0: nothing more */
};

/* From outside. A class that is not named has nothing more. */
int cursor_parse(const char *text, struct cursor *ret);
void cursor_format(const struct cursor *, char ret[CURSOR_BYTES]);

#endif
