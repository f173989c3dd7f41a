/* One field of a typed message, for people and for machines. Pure. */
#ifndef VEDETTE_CLI_VALUE_H
#define VEDETTE_CLI_VALUE_H

#include <stdbool.h>

#include <jansson.h>

#include "contract/shape.h"

struct buf;

const struct field *value_field(const struct shape *, const char *name, size_t length);
bool value_there(const struct field *, const void *message);
/* The caller's; JSON null when absent. */
json_t *value_json(const struct field *, const void *message);
/* For a terminal: "-" when absent; nothing in it can steer the terminal. now_ms not 0: a time is shown as its age. */
int value_text(const struct field *, const void *message, int64_t now_ms, struct buf *);

#endif
