/* Where a field stands in its message. For lib/message/ alone. */
#ifndef VEDETTE_MESSAGE_PLACE_H
#define VEDETTE_MESSAGE_PLACE_H

#include "contract/shape.h"

static inline void *place_of(void *message, size_t offset)
{
    return (char *)message + offset;
}

static inline const void *place_in(const void *message, size_t offset)
{
    return (const char *)message + offset;
}

/* Text or object: NULL if it is absent. */
static inline bool is_pointer(const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_LINES || field->type == FIELD_SLUG ||
           field->type == FIELD_HEX || field->type == FIELD_SECRET || field->type == FIELD_OBJECT;
}

#endif
