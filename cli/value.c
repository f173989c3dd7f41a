#include "cli/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/harmless.h"
#include "lib/message/message.h"

const struct field *value_field(const struct shape *shape, const char *name, size_t length)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (strlen(shape->fields[i].name) == length && !memcmp(shape->fields[i].name, name, length))
            return &shape->fields[i];
    }
    return NULL;
}

static const void *place(const struct field *field, const void *message)
{
    return (const char *)message + field->offset;
}

bool value_there(const struct field *field, const void *message)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SLUG:
    case FIELD_HEX:
    case FIELD_SECRET:
    case FIELD_OBJECT:
        return *(void *const *)place(field, message);
    default:
        return field->offset_has == FIELD_NOT_OPTIONAL || *(const bool *)((const char *)message + field->offset_has);
    }
}

json_t *value_json(const struct field *field, const void *message)
{
    const void *value = place(field, message);
    char time[RFC3339_BYTES];
    if (!value_there(field, message))
        return json_null();
    switch (field->type) {
    case FIELD_U32:
        return json_integer(*(const uint32_t *)value);
    case FIELD_U64:
        return json_integer((json_int_t) * (const uint64_t *)value);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)value);
    case FIELD_TIME:
        clock_rfc3339(time, *(const int64_t *)value);
        return json_string(time);
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SLUG:
    case FIELD_HEX:
    case FIELD_SECRET:
        return json_string(*(const char *const *)value);
    case FIELD_WORD:
        return json_string(field->words[*(const int *)value]);
    case FIELD_OBJECT:
        return json_incref(*(json_t *const *)value);
    }
    return NULL;
}

static int append_age(int64_t then_ms, int64_t now_ms, struct buf *out)
{
    int64_t s = now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;
    if (s < 120)
        return buf_format(out, "%" PRId64 " s ago", s);
    if (s < 7200)
        return buf_format(out, "%" PRId64 " min ago", s / 60);
    if (s < 172800)
        return buf_format(out, "%" PRId64 " h ago", s / 3600);
    return buf_format(out, "%" PRId64 " d ago", s / 86400);
}

int value_text(const struct field *field, const void *message, int64_t now_ms, struct buf *out)
{
    if (!value_there(field, message))
        return buf_text(out, "-");
    if (field->type == FIELD_BOOL)
        return buf_text(out, *(const bool *)place(field, message) ? "yes" : "no");
    if (field->type == FIELD_TIME && now_ms)
        return append_age(*(const int64_t *)place(field, message), now_ms, out);
    json_t *json = value_json(field, message);
    char *text = json_is_string(json) ? NULL : message_text(json, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *shown = text ? text : json_string_value(json);
    int error = *shown ? harmless_append(out, shown, strlen(shown)) : buf_text(out, "-");
    free(text);
    json_decref(json);
    return error;
}
