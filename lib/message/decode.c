#include "lib/message/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/message/place.h"
#include "lib/problem.h"

#define ROWS_LIMIT 200000 /* rows of one message: the limit of agents.list, the longest */

static bool may_stand(enum field_type type, const char *text, size_t i)
{
    unsigned char c = (unsigned char)text[i];
    bool digit = c >= '0' && c <= '9';
    /* The C1 controls of Unicode, two bytes in UTF-8, steer terminals like the others. */
    bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0);
    switch (type) {
    case FIELD_SLUG:
        return digit || (c >= 'a' && c <= 'z') || (c == '-' && i > 0);
    case FIELD_HEX:
        return digit || (c >= 'a' && c <= 'f');
    case FIELD_LINES:
        return !control || c == '\n' || c == '\t';
    default:
        return !control;
    }
}

static bool text_has_only(const struct field *field, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!may_stand(field->type, text, i))
            return false;
    }
    return true;
}

bool message_text_fits(const struct field *field, const char *text, size_t length)
{
    return length >= field->min && length <= field->max && text_has_only(field, text, length);
}

static int decode_text(const struct field *field, const json_t *value, void *place, struct problem *problem)
{
    size_t length = json_string_length(value);
    if (!json_is_string(value) || length < field->min || length > field->max)
        return problem_set(problem, "bad-field", field->name, "%s must be a string of %" PRIu64 " to %" PRIu64 " bytes",
            field->name, field->min, field->max);
    if (!text_has_only(field, json_string_value(value), length))
        return problem_set(problem, "bad-field", field->name, "%s may hold only %s", field->name,
            field->type == FIELD_SLUG  ? "a-z, 0-9 and, not at its beginning, -"
            : field->type == FIELD_HEX ? "0-9 and a-f"
                                       : "UTF-8 without control characters");
    *(const char **)place = json_string_value(value);
    return 0;
}

static int decode_number(const struct field *field, const json_t *value, void *place, struct problem *problem)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || (uint64_t)number < field->min || (uint64_t)number > field->max)
        return problem_set(problem, "bad-field", field->name,
            "%s must be a whole number from %" PRIu64 " to %" PRIu64, field->name, field->min,
            field->max > INT64_MAX ? (uint64_t)INT64_MAX : field->max);
    if (field->type == FIELD_U32)
        *(uint32_t *)place = (uint32_t)number;
    else
        *(uint64_t *)place = (uint64_t)number;
    return 0;
}

static int decode_word(const struct field *field, const json_t *value, void *place, struct problem *problem)
{
    int index = json_is_string(value) ? word_index(field->words, json_string_value(value)) : -1;
    if (index < 0)
        return problem_set(problem, "bad-field", field->name, "%s must be one of the words that are defined for it",
            field->name);
    *(int *)place = index;
    return 0;
}

static int decode_value(const struct field *field, const json_t *value, void *place, struct problem *problem)
{
    switch (field->type) {
    case FIELD_U32:
    case FIELD_U64:
        return decode_number(field, value, place, problem);
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SLUG:
    case FIELD_HEX:
    case FIELD_SECRET:
        return decode_text(field, value, place, problem);
    case FIELD_WORD:
        return decode_word(field, value, place, problem);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return problem_set(problem, "bad-field", field->name, "%s must be true or false", field->name);
        *(bool *)place = json_is_true(value);
        return 0;
    case FIELD_TIME:
        if (!json_is_string(value) || clock_parse_rfc3339(json_string_value(value), place))
            return problem_set(problem, "bad-field", field->name, "%s must be an RFC 3339 time", field->name);
        return 0;
    case FIELD_OBJECT:
        if (!json_is_object(value) || json_dumpb(value, NULL, 0, JSON_COMPACT) > field->max)
            return problem_set(problem, "bad-field", field->name, "%s must be an object of at most %" PRIu64 " bytes",
                field->name, field->max);
        *(const json_t **)place = value;
        return 0;
    }
    return -1;
}

int message_decode_field(const struct field *field, const json_t *value, void *message, struct problem *problem)
{
    if (!value || json_is_null(value)) {
        if (field->offset_has == FIELD_NOT_OPTIONAL)
            return problem_set(problem, "missing-field", field->name, "%s is missing", field->name);
        return 0;
    }
    if (decode_value(field, value, place_of(message, field->offset), problem))
        return -1;
    if (field->offset_has != FIELD_NOT_OPTIONAL && !is_pointer(field))
        *(bool *)place_of(message, field->offset_has) = true;
    return 0;
}

static int decode_fields(const struct shape *shape, const json_t *json, void *message, struct problem *problem)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        if (message_decode_field(field, json_object_get(json, field->name), message, problem))
            return -1;
    }
    return 0;
}

static int decode_rows(const struct shape *row, const json_t *json, size_t n_rows, char *rows, struct problem *problem)
{
    for (size_t i = 0; i < row->n_fields; i++) {
        const struct field *field = &row->fields[i];
        const json_t *column = json_object_get(json, field->name);
        if (!json_is_array(column) || json_array_size(column) != n_rows)
            return problem_set(problem, "bad-field", field->name, "%s must be an array as long as the others",
                field->name);
        for (size_t n = 0; n < n_rows; n++) {
            if (message_decode_field(field, json_array_get(column, n), rows + n * row->size, problem))
                return -1;
        }
    }
    return 0;
}

static bool knows(const struct shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        if (!strcmp(shape->fields[i].name, name))
            return true;
    }
    return shape->row && knows(shape->row, name);
}

static int decode_into(const struct shape *shape, const json_t *json, void *message, struct problem *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) {
        if (!knows(shape, name))
            return problem_set(problem, "unknown-field", name, "unknown field");
    }
    if (decode_fields(shape, json, message, problem))
        return -1;
    if (!shape->row)
        return 0;
    size_t n_rows = json_array_size(json_object_get(json, shape->row->fields[0].name));
    if (n_rows > ROWS_LIMIT)
        return problem_set(problem, "bad-field", shape->row->fields[0].name, "more than %d rows", ROWS_LIMIT);
    char *rows = calloc(n_rows ? n_rows : 1, shape->row->size);
    if (!rows)
        return problem_set(problem, "no-memory", "", "no memory for %zu rows", n_rows);
    if (decode_rows(shape->row, json, n_rows, rows, problem)) {
        free(rows);
        return -1;
    }
    *(size_t *)place_of(message, shape->offset_n_rows) = n_rows;
    *(char **)place_of(message, shape->offset_rows) = rows;
    return 0;
}

int message_decode(const struct shape *shape, const json_t *json, void *ret, struct problem *problem)
{
    void *message = calloc(1, shape->size);
    if (!message)
        return problem_set(problem, "no-memory", "", "no memory");
    int error = decode_into(shape, json, message, problem);
    if (!error)
        memcpy(ret, message, shape->size);
    free(message);
    return error;
}

void message_free(const struct shape *shape, void *message)
{
    if (message && shape->row)
        free(*(void **)place_of(message, shape->offset_rows));
}
