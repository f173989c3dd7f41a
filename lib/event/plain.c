#include "lib/event/plain.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/message/message.h"

#define DIGITS_MAX 18     /* no number of so many overflows */
#define TEXT_BYTES_MAX 96 /* of tenant, subject and actor, as lib/event/event.c has it */

/* The text is our own copy: a string ends at its quote, which becomes NUL. */
struct plain {
    char *at, *end;
};

static bool take_literal(struct plain *plain, const char *literal)
{
    const size_t length = strlen(literal);
    if ((size_t)(plain->end - plain->at) < length || memcmp(plain->at, literal, length))
        return false;
    plain->at += length;
    return true;
}

/* `"name":`, behind a comma unless it is the first of its object. */
static bool take_name(struct plain *plain, const char *name, bool first)
{
    struct plain ahead = *plain;
    if ((!first && !take_literal(&ahead, ",")) || !take_literal(&ahead, "\"") || !take_literal(&ahead, name) ||
        !take_literal(&ahead, "\":"))
        return false;
    *plain = ahead;
    return true;
}

/* Printable ASCII without escapes; NULL: anything else. */
static const char *take_text(struct plain *plain, size_t least, size_t most)
{
    char *first = plain->at + 1, *at = first;
    if (plain->at == plain->end || *plain->at != '"')
        return NULL;
    while (at < plain->end && *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
        at++;
    const size_t length = (size_t)(at - first);
    if (at == plain->end || *at != '"' || length < least || length > most)
        return NULL;
    *at = '\0';
    plain->at = at + 1;
    return first;
}

static bool take_number(struct plain *plain, uint64_t *ret)
{
    uint64_t number = 0;
    const char *first = plain->at;
    while (plain->at < plain->end && *plain->at >= '0' && *plain->at <= '9' && plain->at - first < DIGITS_MAX)
        number = 10 * number + (uint64_t)(*plain->at++ - '0');
    *ret = number;
    return plain->at > first && (*first != '0' || plain->at == first + 1);
}

static bool take_time(struct plain *plain, int64_t *ret)
{
    const char *text = take_text(plain, 1, TEXT_BYTES_MAX);
    return text && !clock_parse_rfc3339(text, ret);
}

static bool take_number_field(struct plain *plain, const struct field *field, void *place)
{
    uint64_t number;
    if (!take_number(plain, &number) || number < field->min || number > field->max)
        return false;
    if (field->type == FIELD_U32)
        *(uint32_t *)place = (uint32_t)number;
    else
        *(uint64_t *)place = number;
    return true;
}

static bool take_text_field(struct plain *plain, const struct field *field, const char **place)
{
    const char *text = take_text(plain, 0, field->max);
    *place = text;
    return text && message_text_fits(field, text, (size_t)(plain->at - 1 - text));
}

static bool take_word(struct plain *plain, const struct field *field, int *place)
{
    const char *text = take_text(plain, 1, TEXT_BYTES_MAX);
    const int index = text ? word_index(field->words, text) : -1;
    *place = index;
    return index >= 0;
}

static bool take_value(struct plain *plain, const struct field *field, void *place)
{
    switch (field->type) {
    case FIELD_U32:
    case FIELD_U64:
        return take_number_field(plain, field, place);
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SLUG:
    case FIELD_HEX:
        return take_text_field(plain, field, place);
    case FIELD_WORD:
        return take_word(plain, field, place);
    case FIELD_BOOL:
        *(bool *)place = take_literal(plain, "true");
        return *(bool *)place || take_literal(plain, "false");
    case FIELD_TIME:
        return take_time(plain, place);
    case FIELD_SECRET:
    case FIELD_OBJECT:
        return false;
    }
    return false;
}

/* An optional text is NULL when it is not there; anything else has a flag. */
static bool has_flag(const struct field *field)
{
    return field->offset_has != FIELD_NOT_OPTIONAL &&
           (field->type == FIELD_U32 || field->type == FIELD_U64 || field->type == FIELD_BOOL ||
               field->type == FIELD_TIME || field->type == FIELD_WORD);
}

static bool take_data(struct plain *plain, const struct shape *shape, char *message)
{
    bool first = true;
    if (shape->row || !take_literal(plain, "{"))
        return false;
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        if (!take_name(plain, field->name, first)) {
            if (field->offset_has == FIELD_NOT_OPTIONAL)
                return false;
            continue;
        }
        if (!take_value(plain, field, message + field->offset))
            return false;
        if (has_flag(field))
            *(bool *)(message + field->offset_has) = true;
        first = false;
    }
    return take_literal(plain, "}");
}

static bool take_optional(struct plain *plain, const char *name, const char **ret)
{
    if (!take_name(plain, name, false))
        return true;
    *ret = take_text(plain, 1, TEXT_BYTES_MAX);
    return *ret;
}

static bool take_head(struct plain *plain, struct bus_event *event)
{
    uint64_t sev = 0;
    const char *type = take_literal(plain, "{\"type\":") ? take_text(plain, 1, TEXT_BYTES_MAX) : NULL;
    event->event = type ? event_by_short_type(type) : -1;
    if (event->event < 0)
        return false;
    event->class = (enum class)event_rows[event->event].class;
    bool good = take_literal(plain, ",\"time\":") && take_time(plain, &event->time_ms) &&
                take_optional(plain, "tenant", &event->tenant) && take_optional(plain, "subject", &event->subject) &&
                take_optional(plain, "actor", &event->actor) && take_literal(plain, ",\"sev\":") &&
                take_number(plain, &sev) && take_literal(plain, ",\"data\":");
    event->sev = (int)sev;
    return good && sev >= 1 && sev <= 4;
}

int event_read_plain(const char *text, size_t bytes, struct event_read *ret)
{
    struct event_read read = { .event = { .json = text, .json_bytes = bytes }, .texts = malloc(bytes) };
    struct plain plain = { read.texts, read.texts + bytes };
    if (!read.texts)
        return -1;
    memcpy(read.texts, text, bytes);
    bool good = take_head(&plain, &read.event);
    if (good) {
        const struct shape *shape = event_rows[read.event.event].data;
        read.event.data = read.data = calloc(1, shape->size);
        good = read.data && take_data(&plain, shape, read.data) && take_literal(&plain, "}") && plain.at == plain.end;
    }
    if (!good) {
        event_free(&read);
        return -1;
    }
    *ret = read;
    return 0;
}
