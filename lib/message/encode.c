#include "lib/message/message.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/message/place.h"

static int encode_time(int64_t wall_ms, struct buf *out)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, wall_ms);
    return buf_format(out, "\"%s\"", time);
}

static int encode_object(const json_t *object, struct buf *out)
{
    size_t bytes = json_dumpb(object, NULL, 0, JSON_COMPACT);
    char *place = bytes ? buf_reserve(out, bytes) : NULL;
    if (!place)
        return -1;
    if (json_dumpb(object, place, bytes, JSON_COMPACT) != bytes)
        return -1;
    out->length += bytes;
    return 0;
}

static int encode_number(uint64_t number, struct buf *out)
{
    char digits[20];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return buf_append(out, digits + first, sizeof(digits) - first);
}

int message_encode_field(const struct field *field, const void *message, struct buf *out)
{
    const void *place = place_in(message, field->offset);
    const char *text;
    switch (field->type) {
    case FIELD_U32:
        return encode_number(*(const uint32_t *)place, out);
    case FIELD_U64:
        return encode_number(*(const uint64_t *)place, out);
    case FIELD_BOOL:
        return buf_text(out, *(const bool *)place ? "true" : "false");
    case FIELD_TIME:
        return encode_time(*(const int64_t *)place, out);
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SLUG:
    case FIELD_HEX:
    case FIELD_SECRET:
        text = *(const char *const *)place;
        return buf_json_string(out, text, strlen(text));
    case FIELD_WORD:
        text = field->words[*(const int *)place];
        return buf_json_string(out, text, strlen(text));
    case FIELD_OBJECT:
        return encode_object(*(json_t *const *)place, out);
    }
    return -1;
}

static int encode_name(const char *name, bool *first, struct buf *out)
{
    const char *before = *first ? "\"" : ",\"";
    *first = false;
    return buf_text(out, before) || buf_text(out, name) || buf_append(out, "\":", 2);
}

static int encode_column(const struct field *field, const struct shape *row, const char *rows, size_t n_rows,
    struct buf *out)
{
    int error = buf_append(out, "[", 1);
    for (size_t n = 0; n < n_rows && !error; n++) {
        const char *one = rows + n * row->size;
        error = (n && buf_append(out, ",", 1)) ||
                (message_has(field, one) ? message_encode_field(field, one, out) : buf_text(out, "null"));
    }
    return error || buf_append(out, "]", 1);
}

static int encode(const struct shape *shape, const void *message, bool secrets, struct buf *out)
{
    size_t before = out->length;
    bool first = true;
    int error = buf_append(out, "{", 1);
    for (size_t i = 0; i < shape->n_fields && !error; i++) {
        const struct field *field = &shape->fields[i];
        if (message_has(field, message) && (secrets || field->type != FIELD_SECRET))
            error = encode_name(field->name, &first, out) || message_encode_field(field, message, out);
    }
    for (size_t i = 0; shape->row && i < shape->row->n_fields && !error; i++) {
        const struct field *field = &shape->row->fields[i];
        if (secrets || field->type != FIELD_SECRET)
            error = encode_name(field->name, &first, out) ||
                    encode_column(field, shape->row, *(char *const *)place_in(message, shape->offset_rows),
                        *(const size_t *)place_in(message, shape->offset_n_rows), out);
    }
    if (error || buf_append(out, "}", 1)) {
        out->length = before;
        return -1;
    }
    return 0;
}

int message_encode(const struct shape *shape, const void *message, struct buf *out)
{
    return encode(shape, message, true, out);
}

int message_encode_public(const struct shape *shape, const void *message, struct buf *out)
{
    return encode(shape, message, false, out);
}
