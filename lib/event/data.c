#include "lib/event/data.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/message/message.h"

#define OCSF_VERSION "1.1.0"
#define PRODUCT "\"product\":{\"name\":\"Vedette\",\"vendor_name\":\"Vedette\"}"
#define TIME_MS_MAX 253402300799999 /* the end of the year 9999, as of clock_parse_rfc3339 */

static int add_text(struct buf *out, const char *before, const char *text)
{
    return text ? buf_text(out, before) || buf_json_string(out, text, strlen(text)) : 0;
}

static int add_number(struct buf *out, const char *before, uint64_t number)
{
    char digits[20]; /* of the greatest u64 */
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return buf_text(out, before) || buf_append(out, digits + first, sizeof(digits) - first);
}

/* A comma, unless it is the first of its object. */
static int add_members(struct buf *out, const char *members)
{
    if (!*members)
        return 0;
    return (out->data[out->length - 1] != '{' && buf_append(out, ",", 1)) || buf_text(out, members);
}

static int add_key(struct buf *out, const char *key)
{
    return (out->data[out->length - 1] != '{' && buf_append(out, ",", 1)) || buf_append(out, "\"", 1) ||
           buf_text(out, key) || buf_append(out, "\":", 2);
}

static int64_t time_of(const struct field *field, const void *message)
{
    return *(const int64_t *)((const char *)message + field->offset);
}

static int write_field(struct buf *out, const struct ocsf_slot *slot, const void *message)
{
    if (!message_has(slot->field, message))
        return 0;
    if (add_key(out, slot->key))
        return -1;
    switch (slot->form) {
    case OCSF_PLAIN:
        return message_encode_field(slot->field, message, out);
    case OCSF_QUOTED:
        return buf_append(out, "\"", 1) || message_encode_field(slot->field, message, out) || buf_append(out, "\"", 1);
    case OCSF_MS:
        return add_number(out, "", (uint64_t)time_of(slot->field, message));
    }
    return -1;
}

static int write_slot(struct buf *out, const struct ocsf_slot *slot, const struct bus_event *event, const char *id)
{
    const char *text = slot->source == OCSF_SUBJECT && event->subject ? event->subject : id;
    if (slot->source == OCSF_FIELD)
        return write_field(out, slot, event->data);
    return add_key(out, slot->key) || add_text(out, "", text);
}

static int write_members(
    struct buf *out, const struct ocsf_object *object, const struct bus_event *event, const char *id);

static int write_object(
    struct buf *out, const struct ocsf_object *object, const struct bus_event *event, const char *id)
{
    size_t before = out->length;
    if (add_key(out, object->key) || buf_append(out, "{", 1))
        return -1;
    size_t opened = out->length;
    if (add_members(out, object->constant))
        return -1;
    size_t with_constant = out->length;
    if (write_members(out, object, event, id))
        return -1;
    if (out->length > with_constant)
        return buf_append(out, "}", 1);
    /* None of its fields is there. */
    out->length = object->otherwise ? opened : before;
    return object->otherwise ? add_members(out, object->otherwise) || buf_append(out, "}", 1) : 0;
}

static int write_members(
    struct buf *out, const struct ocsf_object *object, const struct bus_event *event, const char *id)
{
    int error = 0;
    for (size_t i = 0; i < object->n_slots && !error; i++)
        error = write_slot(out, &object->slots[i], event, id);
    for (size_t i = 0; i < object->n_objects && !error; i++)
        error = write_object(out, &object->objects[i], event, id);
    return error;
}

/* "user:alice": a user of the type user, with that name. What has no such type is a name. */
static int write_actor(struct buf *out, const char *actor, const char *no_actor)
{
    const char *colon = actor ? strchr(actor, ':') : NULL;
    bool typed = colon && colon > actor && colon[1];
    if (!actor)
        return no_actor ? buf_text(out, ",\"actor\":{\"user\":{") || buf_text(out, no_actor) || buf_text(out, "}}") : 0;
    return buf_text(out, ",\"actor\":{\"user\":{") ||
           (typed && (buf_text(out, "\"type\":") || buf_json_string(out, actor, (size_t)(colon - actor)) ||
                         buf_append(out, ",", 1))) ||
           add_text(out, "\"name\":", typed ? colon + 1 : actor) || buf_text(out, "}}");
}

/* Our severity → OCSF's severity_id: critical, high, medium, low. */
static unsigned severity_id(int sev)
{
    static const unsigned ids[] = { 0, 5, 4, 3, 2 };
    return ids[sev];
}

int event_data_write(struct buf *out, const struct bus_event *event, const char *id)
{
    const struct ocsf *ocsf = event_rows[event->event].ocsf;
    return buf_text(out, "\"data\":{") || buf_text(out, ocsf->classification) ||
           add_number(out, ",\"severity_id\":", severity_id(event->sev)) ||
           add_number(out, ",\"time\":", (uint64_t)event->time_ms) || write_actor(out, event->actor, ocsf->no_actor) ||
           buf_text(out, ",\"metadata\":{\"version\":\"" OCSF_VERSION "\"," PRODUCT) ||
           add_text(out, ",\"uid\":", id) || add_text(out, ",\"tenant_uid\":", event->tenant) ||
           add_members(out, ocsf->metadata) || buf_append(out, "}", 1) || write_members(out, &ocsf->data, event, id) ||
           buf_append(out, "}", 1);
}

/* What stands there, as it would in a message of ours: a new reference; NULL: nothing, or nothing of the kind. */
static json_t *in_plain(const struct ocsf_slot *slot, const json_t *value)
{
    char time[RFC3339_BYTES], *end;
    json_int_t number = json_integer_value(value);
    const char *text = json_string_value(value);
    switch (slot->form) {
    case OCSF_PLAIN:
        return json_incref((json_t *)value);
    case OCSF_QUOTED:
        if (!text || *text < '0' || *text > '9')
            return NULL;
        number = strtoll(text, &end, 10);
        return *end ? NULL : json_integer(number);
    case OCSF_MS:
        if (!json_is_integer(value) || number < 0 || number > TIME_MS_MAX)
            return NULL;
        clock_rfc3339(time, number);
        return json_string(time);
    }
    return NULL;
}

typedef int visit(void *arg, const struct ocsf_slot *, json_t *plain);

static int visit_slots(const struct ocsf_object *object, const json_t *json, visit *visited, void *arg)
{
    for (size_t i = 0; i < object->n_slots; i++) {
        const struct ocsf_slot *slot = &object->slots[i];
        json_t *value = slot->source == OCSF_FIELD ? json_object_get(json, slot->key) : NULL;
        json_t *plain = value ? in_plain(slot, value) : NULL;
        int error = slot->source == OCSF_FIELD && visited(arg, slot, plain);
        json_decref(plain);
        if (error)
            return -1;
    }
    for (size_t i = 0; i < object->n_objects; i++) {
        if (visit_slots(&object->objects[i], json_object_get(json, object->objects[i].key), visited, arg))
            return -1;
    }
    return 0;
}

struct reading {
    void *message;
    struct problem *problem;
};

static int take(void *arg, const struct ocsf_slot *slot, json_t *plain)
{
    struct reading *reading = arg;
    return message_decode_field(slot->field, plain, reading->message, reading->problem);
}

int event_data_read(int event, const json_t *data, void *ret, struct problem *problem)
{
    return visit_slots(&event_rows[event].ocsf->data, data, take, &(struct reading){ ret, problem });
}

static int add_field(void *arg, const struct ocsf_slot *slot, json_t *plain)
{
    return plain ? json_object_set(arg, slot->field->name, plain) : 0;
}

json_t *event_data_fields(int event, const json_t *data)
{
    json_t *fields = json_object(), *unmapped = json_object_get(data, "unmapped");
    int error = !fields;
    if (event >= 0)
        error = error || visit_slots(&event_rows[event].ocsf->data, data, add_field, fields);
    else if (json_is_object(unmapped))
        error = error || json_object_update(fields, unmapped);
    if (!error)
        return fields;
    json_decref(fields);
    return NULL;
}
