#include "lib/message/flat.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/utf8.h"

static bool is_text(const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_LINES || field->type == FIELD_SLUG ||
           field->type == FIELD_HEX || field->type == FIELD_SECRET;
}

static uint64_t number_of(const struct field *field, const void *place)
{
    switch (field->type) {
    case FIELD_U32:
        return *(const uint32_t *)place;
    case FIELD_BOOL:
        return *(const bool *)place;
    case FIELD_WORD:
        return (uint64_t) * (const int *)place;
    case FIELD_TIME:
        return (uint64_t) * (const int64_t *)place;
    default:
        return *(const uint64_t *)place;
    }
}

int message_flatten(const struct shape *shape, const void *message, struct buf *ret)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        const void *place = (const char *)message + field->offset;
        const uint8_t has = message_has(field, message);
        buf_append(ret, &has, 1);
        if (field->type == FIELD_OBJECT)
            return -1;
        if (!has)
            continue;
        if (is_text(field)) {
            const char *text = *(const char *const *)place;
            const uint32_t length = (uint32_t)strlen(text);
            buf_append(ret, &length, sizeof(length));
            buf_append(ret, text, (size_t)length + 1);
        } else {
            const uint64_t number = number_of(field, place);
            buf_append(ret, &number, sizeof(number));
        }
    }
    return shape->row || ret->failed ? -1 : 0;
}

struct reading {
    const char *at, *end;
};

static bool take(struct reading *reading, void *ret, size_t bytes)
{
    if ((size_t)(reading->end - reading->at) < bytes)
        return false;
    memcpy(ret, reading->at, bytes);
    reading->at += bytes;
    return true;
}

static bool is_utf8(const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        if (utf8_next(&text, end) < 0)
            return false;
    }
    return true;
}

static bool take_text(struct reading *reading, const struct field *field, const char **ret)
{
    uint32_t length;
    if (!take(reading, &length, sizeof(length)) || (size_t)(reading->end - reading->at) <= length)
        return false;
    const char *text = reading->at;
    if (memchr(text, '\0', (size_t)length + 1) != text + length || !message_text_fits(field, text, length) ||
        !is_utf8(text, length))
        return false;
    reading->at += (size_t)length + 1;
    *ret = text;
    return true;
}

static bool word_there(const char *const *words, uint64_t index)
{
    for (uint64_t i = 0; words[i]; i++) {
        if (i == index)
            return true;
    }
    return false;
}

static bool set_number(const struct field *field, uint64_t number, void *place)
{
    switch (field->type) {
    case FIELD_BOOL:
        *(bool *)place = number;
        return number <= 1;
    case FIELD_WORD:
        *(int *)place = (int)number;
        return word_there(field->words, number);
    case FIELD_TIME:
        *(int64_t *)place = (int64_t)number;
        return number <= INT64_MAX;
    case FIELD_U32:
        *(uint32_t *)place = (uint32_t)number;
        return number >= field->min && number <= field->max;
    default:
        *(uint64_t *)place = number;
        return number >= field->min && number <= field->max;
    }
}

static bool take_field(struct reading *reading, const struct field *field, char *message)
{
    uint8_t has;
    uint64_t number;
    if (!take(reading, &has, 1) || has > 1 || field->type == FIELD_OBJECT)
        return false;
    if (!has)
        return field->offset_has != FIELD_NOT_OPTIONAL;
    if (is_text(field))
        return take_text(reading, field, (const char **)(void *)(message + field->offset));
    if (!take(reading, &number, sizeof(number)) || !set_number(field, number, message + field->offset))
        return false;
    if (field->offset_has != FIELD_NOT_OPTIONAL)
        *(bool *)(message + field->offset_has) = true;
    return true;
}

int message_unflatten(const struct shape *shape, const void *data, size_t bytes, void *ret, struct problem *problem)
{
    struct reading reading = { data, (const char *)data + bytes };
    char *message = calloc(1, shape->size);
    bool whole = message && !shape->row;
    for (size_t i = 0; whole && i < shape->n_fields; i++)
        whole = take_field(&reading, &shape->fields[i], message);
    whole = whole && reading.at == reading.end;
    if (whole)
        memcpy(ret, message, shape->size);
    free(message);
    return whole ? 0 : problem_set(problem, "bad-message", shape->name, "these bytes are no message of that shape");
}
