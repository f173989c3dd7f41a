#include "lib/seal/seal.h"

#include <stdlib.h>
#include <string.h>

#include "lib/aead.h"
#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/seal/inside.h"
#include "lib/seal/text.h"
#include "lib/wire.h"

#define DEPTH_MAX 32 /* of arguments, as message_parse has it */

struct seal *seal_new(struct seal_keys *keys)
{
    struct seal *seal = calloc(1, sizeof(*seal));
    if (!seal)
        return NULL;
    seal->keys = keys;
    seal->aead = aead_new();
    seal->objects = json_array();
    if (seal->aead && seal->objects)
        return seal;
    seal_free(seal);
    return NULL;
}

void seal_free(struct seal *seal)
{
    if (!seal)
        return;
    aead_free(seal->aead);
    json_decref(seal->objects);
    buf_free(&seal->room);
    buf_free(&seal->texts);
    buf_free(&seal->opened);
    crypto_forget(seal->key, sizeof(seal->key));
    free(seal);
}

struct seal_place seal_place_of(
    enum class class, uint32_t day, unsigned number, const uint8_t salt[EVENT_SALT_BYTES], const char *field)
{
    struct seal_place place;
    const size_t length = strnlen(field, SEAL_FIELD_BYTES);
    place.bytes[0] = (uint8_t) class;
    wire_put_u32(place.bytes + 1, day);
    wire_put_u16(place.bytes + 5, (uint16_t)number);
    memcpy(place.bytes + 7, salt, EVENT_SALT_BYTES);
    memcpy(place.bytes + 7 + EVENT_SALT_BYTES, field, length);
    place.length = 7 + EVENT_SALT_BYTES + length;
    return place;
}

static int refuse(struct seal *seal)
{
    return problem_set(seal->problem, "no-memory", "", "no memory to seal an event");
}

static int get_key(struct seal *seal)
{
    if (!seal->has_key && seal_keys_make(seal->keys, seal->class, seal->day, seal->key, seal->problem))
        return -1;
    seal->has_key = true;
    return 0;
}

/* A kind of actor (user:, api:, cli:) stays readable; a service is no person. */
static size_t clear_bytes(const char *field, const char *text)
{
    const char *colon = strcmp(field, "actor") ? NULL : strchr(text, ':');
    return strcmp(field, "actor") ? 0 : colon ? (size_t)(colon + 1 - text) : strlen(text);
}

/* Append the text, sealed, with its NUL to `texts`. */
static int seal_text(struct seal *seal, const char *field, const char *text)
{
    const size_t clear = clear_bytes(field, text), bytes = strlen(text + clear);
    uint8_t key[SECRET_BYTES];
    if (!bytes)
        return buf_append(&seal->texts, text, clear + 1) ? refuse(seal) : 0;
    if (get_key(seal))
        return -1;
    if (seal->number == SEAL_NUMBER_MAX)
        return problem_set(seal->problem, "too-long", field, "the event has too many personal values");
    const struct seal_place place = seal_place_of(seal->class, seal->day, seal->number, seal->salt, field);
    buf_clear(&seal->room);
    uint8_t *sealed = (uint8_t *)buf_reserve(&seal->room, bytes + AEAD_TAG_BYTES);
    crypto_blake2b_keyed(seal->key, place.bytes, place.length, key);
    int error = !sealed || aead_seal(seal->aead, key, place.bytes, place.length, text + clear, bytes, sealed) ||
                buf_append(&seal->texts, text, clear) ||
                seal_text_add(&seal->texts, seal->day, seal->number++, field, sealed, bytes + AEAD_TAG_BYTES) ||
                buf_append(&seal->texts, "", 1);
    return error ? refuse(seal) : 0;
}

static json_t *seal_json(struct seal *seal, const char *field, const json_t *value, unsigned depth);

static json_t *seal_object(struct seal *seal, const json_t *object, unsigned depth)
{
    json_t *copy = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        bool personal = word_index(personal_fields, name) >= 0;
        if (json_object_set_new(copy, name, seal_json(seal, personal ? name : NULL, value, depth + 1))) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

static json_t *seal_array(struct seal *seal, const char *field, const json_t *array, unsigned depth)
{
    json_t *copy = json_array(), *value;
    size_t i;
    json_array_foreach(array, i, value)
    {
        if (json_array_append_new(copy, seal_json(seal, field, value, depth + 1))) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

/* What somebody wrote so that it looks sealed would read as erased, or break the entry's JSON where it is opened: it is
 * sealed, too. */
static bool looks_sealed(const char *text)
{
    return strstr(text, SEAL_PREFIX);
}

/* A copy in which the strings of personal fields are sealed; field NULL: it is in none. NULL: the problem says why. */
static json_t *seal_json(struct seal *seal, const char *field, const json_t *value, unsigned depth)
{
    const size_t before = seal->texts.length;
    if (depth > DEPTH_MAX)
        return NULL;
    if (json_is_object(value))
        return seal_object(seal, value, depth);
    if (json_is_array(value))
        return seal_array(seal, field, value, depth);
    if (!json_is_string(value) || (!field && !looks_sealed(json_string_value(value))))
        return json_deep_copy(value);
    if (seal_text(seal, field ? field : "text", json_string_value(value)))
        return NULL;
    json_t *copy = json_string(seal->texts.data + before);
    seal->texts.length = before;
    return copy;
}

/* While texts are appended the buffer may move: a field keeps where its text begins, until all are there. */
static int seal_field(struct seal *seal, const struct field *field, void *data, size_t *ret_at)
{
    void *place = (char *)data + field->offset;
    *ret_at = SIZE_MAX;
    if (field->type == FIELD_OBJECT && *(json_t **)place) {
        json_t *sealed = seal_json(seal, NULL, *(json_t **)place, 0);
        *(json_t **)place = sealed;
        return json_array_append_new(seal->objects, sealed);
    }
    const char *text = field->type == FIELD_TEXT ? *(const char **)place : NULL;
    if (!text || (word_index(personal_fields, field->name) < 0 && !looks_sealed(text)))
        return 0;
    *ret_at = seal->texts.length;
    return seal_text(seal, field->name, text);
}

#define FIELDS_MAX 32 /* of one event: the longest has seven */

static int seal_fields(struct seal *seal, const struct shape *shape, struct bus_event *event, void *data)
{
    size_t at[FIELDS_MAX], actor_at = seal->texts.length;
    if (event->actor && seal_text(seal, "actor", event->actor))
        return -1;
    for (size_t i = 0; i < shape->n_fields && i < FIELDS_MAX; i++) {
        if (seal_field(seal, &shape->fields[i], data, &at[i]))
            return -1;
    }
    if (event->actor)
        event->actor = seal->texts.data + actor_at;
    for (size_t i = 0; i < shape->n_fields && i < FIELDS_MAX; i++) {
        if (at[i] != SIZE_MAX)
            *(const char **)((char *)data + shape->fields[i].offset) = seal->texts.data + at[i];
    }
    return 0;
}

int seal_event(
    struct seal *seal, struct bus_event *event, const uint8_t salt[EVENT_SALT_BYTES], struct problem *problem)
{
    seal->problem = problem;
    seal->number = 0;
    seal->class = event->class;
    seal->day = seal_day(event->recorded_ms);
    seal->has_key = false;
    memcpy(seal->salt, salt, sizeof(seal->salt));
    buf_clear(&seal->texts);
    json_array_clear(seal->objects);
    problem_set(problem, "no-memory", "", "no memory to seal an event");
    return seal_fields(seal, event_rows[event->event].data, event, (void *)event->data);
}

bool seal_found(const struct seal *seal)
{
    return seal->number > 0;
}
