#include "lib/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define ROWS_LIMIT 200000 /* rows of one message: the limit of agents.list, the longest */

json_t *message_parse(const char *text, size_t bytes, struct problem *problem)
{
    json_error_t error;
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        problem_set(problem, "bad-json", "", "not JSON at byte %d: %s", error.position, error.text);
        return NULL;
    }
    if (!json_is_object(json)) {
        problem_set(problem, "bad-json", "", "not a JSON object");
        json_decref(json);
        return NULL;
    }
    return json;
}

int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], word))
            return i;
    }
    return -1;
}

static bool is_first_word(const char *text, const char *word, size_t *ret_length)
{
    *ret_length = strlen(word);
    return !strncmp(text, word, *ret_length) && (text[*ret_length] == ' ' || !text[*ret_length]);
}

int word_set(const char *const *words, const char *text, unsigned *ret)
{
    unsigned set = 0;
    for (;; text++) {
        size_t length = 0;
        int i = 0;
        while (words[i] && !is_first_word(text, words[i], &length))
            i++;
        if (!words[i])
            return -1;
        set |= 1u << i;
        text += length;
        if (!*text)
            break;
    }
    *ret = set;
    return 0;
}

void word_set_text(const char *const *words, unsigned set, char *ret, size_t room)
{
    size_t length = 0;
    ret[0] = '\0';
    for (int i = 0; words[i]; i++) {
        if (set & 1u << i && length + 1 + strlen(words[i]) < room)
            length += (size_t)snprintf(ret + length, room - length, "%s%s", length ? " " : "", words[i]);
    }
}

static void *at(void *message, size_t offset)
{
    return (char *)message + offset;
}

static const void *at_const(const void *message, size_t offset)
{
    return (const char *)message + offset;
}

static bool is_pointer(const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_LINES || field->type == FIELD_SLUG ||
           field->type == FIELD_HEX || field->type == FIELD_SECRET || field->type == FIELD_OBJECT;
}

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
    if (decode_value(field, value, at(message, field->offset), problem))
        return -1;
    if (field->offset_has != FIELD_NOT_OPTIONAL && !is_pointer(field))
        *(bool *)at(message, field->offset_has) = true;
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
    *(size_t *)at(message, shape->offset_n_rows) = n_rows;
    *(char **)at(message, shape->offset_rows) = rows;
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
        free(*(void **)at(message, shape->offset_rows));
}

bool message_has(const struct field *field, const void *message)
{
    if (is_pointer(field))
        return *(void *const *)at_const(message, field->offset);
    return field->offset_has == FIELD_NOT_OPTIONAL || *(const bool *)at_const(message, field->offset_has);
}

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
    json_dumpb(object, place, bytes, JSON_COMPACT);
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
    const void *place = at_const(message, field->offset);
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
                    encode_column(field, shape->row, *(char *const *)at_const(message, shape->offset_rows),
                        *(const size_t *)at_const(message, shape->offset_n_rows), out);
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

static json_t *from_text(const struct field *field, const char *value)
{
    if (field->type == FIELD_U32 || field->type == FIELD_U64) {
        char *end;
        errno = 0;
        long long number = strtoll(value, &end, 10);
        return value[0] >= '0' && value[0] <= '9' && !*end && !errno ? json_integer(number) : NULL;
    }
    if (field->type == FIELD_BOOL) {
        static const char *const words[] = { "false", "true", "off", "on", NULL };
        int index = word_index(words, value);
        return index < 0 ? NULL : json_boolean(index & 1);
    }
    return field->type == FIELD_OBJECT ? NULL : json_string(value);
}

int message_set_text(const struct shape *shape, json_t *object, const char *name, const char *value,
    struct problem *problem)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        if (strcmp(field->name, name))
            continue;
        if (json_object_get(object, name))
            return problem_set(problem, "bad-field", name, "%s stands twice", name);
        json_t *json = from_text(field, value);
        if (!json)
            return problem_set(problem, "bad-field", name, "%s cannot be read as %s", name,
                field->type == FIELD_BOOL ? "true or false" : "a whole number or UTF-8 text");
        return json_object_set_new(object, name, json);
    }
    return problem_set(problem, "unknown-field", name, "unknown field");
}
