#include "lib/event/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/event/data.h"
#include "lib/event/plain.h"
#include "lib/message/message.h"
#include "lib/place.h"
#include "lib/seal/text.h"

#define TYPE_PREFIX "vedette."
#define TYPE_SUFFIX ".v1"
#define TEXT_BYTES_MAX 96   /* tenant, subject, actor: the longest is actor in fields.def */
#define DIGITS 20           /* of the greatest u64 */
#define ID_BYTES 40         /* "access.1000-18446744073709551615" */

void event_free(struct event_read *read)
{
    if (read->data && read->event.event >= 0)
        message_free(event_rows[read->event.event].data, read->data);
    free(read->data);
    free(read->actor);
    free(read->texts);
    json_decref(read->json);
    *read = (struct event_read){ 0 };
}

static int add_text(struct buf *out, const char *before, const char *text)
{
    return text ? buf_text(out, before) || buf_json_string(out, text, strlen(text)) : 0;
}

static int add_time(struct buf *out, const char *before, int64_t wall_ms)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, wall_ms);
    return add_text(out, before, time);
}

static int add_number(struct buf *out, const char *before, uint64_t number)
{
    char digits[DIGITS];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return buf_text(out, before) || buf_append(out, digits + first, sizeof(digits) - first);
}

/* With leading zeros, so that sequences sort as texts. */
static int add_sequence(struct buf *out, uint64_t sequence)
{
    char digits[DIGITS];
    for (size_t i = sizeof(digits); i--; sequence /= 10)
        digits[i] = (char)('0' + sequence % 10);
    return buf_text(out, ",\"sequence\":\"") || buf_append(out, digits, sizeof(digits)) || buf_text(out, "\"");
}

int event_produce(struct buf *out, enum event event, const struct event_about *about, const void *data)
{
    const struct event_row *row = &event_rows[event];
    size_t before = out->length;
    int error = add_text(out, "{\"type\":", row->type) ||
                add_time(out, ",\"time\":", about->time_ms ? about->time_ms : clock_wall_ms()) ||
                add_text(out, ",\"tenant\":", about->tenant) || add_text(out, ",\"subject\":", about->subject) ||
                add_text(out, ",\"actor\":", about->actor) ||
                add_number(out, ",\"sev\":", (uint64_t)(about->sev ? about->sev : row->sev)) ||
                buf_text(out, ",\"data\":") || message_encode_public(row->data, data, out) || buf_text(out, "}");
    if (!error && out->length - before <= EVENT_PRODUCED_BYTES_MAX)
        return 0;
    out->length = before;
    return -1;
}

int event_by_short_type(const char *type)
{
    for (int i = 0; i < EVENT_COUNT; i++) {
        if (!strcmp(event_rows[i].type, type))
            return i;
    }
    return -1;
}

static int read_text(const json_t *json, const char *name, const char **ret, struct problem *problem)
{
    const json_t *value = json_object_get(json, name);
    if (!value)
        return 0;
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    if (!text || !length || length > TEXT_BYTES_MAX)
        return problem_set(problem, "bad-field", name, "%s must be a string of 1 to %d bytes", name, TEXT_BYTES_MAX);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return problem_set(problem, "bad-field", name, "%s has a control character", name);
    }
    *ret = text;
    return 0;
}

static int read_time(const json_t *json, const char *name, int64_t *ret, struct problem *problem)
{
    const char *time = json_string_value(json_object_get(json, name));
    if (!time || clock_parse_rfc3339(time, ret))
        return problem_set(problem, "bad-field", name, "%s must be an RFC 3339 time", name);
    return 0;
}

static int read_sev(const json_t *json, int *ret, struct problem *problem)
{
    const json_t *value = json_object_get(json, "sev");
    json_int_t sev = json_integer_value(value);
    if (!json_is_integer(value) || sev < 1 || sev > 4)
        return problem_set(problem, "bad-field", "sev", "sev must be a whole number from 1 to 4");
    *ret = (int)sev;
    return 0;
}

static int make_data(struct event_read *read, struct problem *problem)
{
    read->event.data = read->data = calloc(1, event_rows[read->event.event].data->size);
    return read->data ? 0 : problem_set(problem, "no-memory", "", "no memory");
}

static int read_data(const json_t *json, struct event_read *read, struct problem *problem)
{
    if (!json_is_object(json))
        return problem_set(problem, "missing-field", "data", "data must be an object");
    return make_data(read, problem) ||
           message_decode(event_rows[read->event.event].data, json, read->data, problem);
}

static int only_known(const json_t *json, struct problem *problem)
{
    static const char *const known[] = { "type", "time", "tenant", "subject", "actor", "sev", "data", NULL };
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) {
        if (word_index(known, name) < 0)
            return problem_set(problem, "unknown-field", name, "unknown field of an event");
    }
    return 0;
}

static int read_produced(struct event_read *read, struct problem *problem)
{
    struct bus_event *event = &read->event;
    const char *type = json_string_value(json_object_get(read->json, "type"));
    if (only_known(read->json, problem))
        return -1;
    event->event = type ? event_by_short_type(type) : -1;
    if (event->event < 0)
        return problem_set(problem, "unknown-event", "type", "events.def has no such type");
    event->class = (enum class)event_rows[event->event].class;
    return read_time(read->json, "time", &event->time_ms, problem) || read_sev(read->json, &event->sev, problem) ||
                   read_text(read->json, "tenant", &event->tenant, problem) ||
                   read_text(read->json, "subject", &event->subject, problem) ||
                   read_text(read->json, "actor", &event->actor, problem) ||
                   read_data(json_object_get(read->json, "data"), read, problem)
               ? -1
               : 0;
}

/* Parse, then fill in by `fill`; all or nothing. */
static int read_event(const char *text, size_t bytes, int (*fill)(struct event_read *, struct problem *),
    struct event_read *ret, struct problem *problem)
{
    struct event_read read = { .event = { .event = -1, .json = text, .json_bytes = bytes } };
    read.json = message_parse(text, bytes, problem);
    if (!read.json)
        return -1;
    if (fill(&read, problem)) {
        event_free(&read);
        return -1;
    }
    *ret = read;
    return 0;
}

int event_read_produced(const char *text, size_t bytes, struct event_read *ret, struct problem *problem)
{
    return event_read_plain(text, bytes, ret) ? read_event(text, bytes, read_produced, ret, problem) : 0;
}

static int add_salt(struct buf *out, const uint8_t salt[EVENT_SALT_BYTES])
{
    char hex[HEX_BYTES(EVENT_SALT_BYTES)];
    crypto_hex(salt, EVENT_SALT_BYTES, hex);
    return buf_text(out, ",\"salt\":\"") || buf_append(out, hex, sizeof(hex) - 1) || buf_text(out, "\"");
}

static int compose_attributes(struct buf *out, const struct bus_event *event, const char *id, const char *producer,
    const uint8_t salt[EVENT_SALT_BYTES])
{
    return buf_text(out, "{\"specversion\":\"1.0\",\"id\":\"") || buf_text(out, id) ||
           buf_text(out, "\",\"source\":\"/vedette/") ||
           buf_text(out, producer) || buf_text(out, "\",\"type\":\"" TYPE_PREFIX) ||
           buf_text(out, event_rows[event->event].type) || buf_text(out, TYPE_SUFFIX "\"") ||
           add_text(out, ",\"subject\":", event->subject) || add_time(out, ",\"time\":", event->time_ms) ||
           (event->recorded_ms && add_time(out, ",\"recordedtime\":", event->recorded_ms)) ||
           add_sequence(out, event->sequence) ||
           add_number(out, ",\"sev\":", (uint64_t)event->sev) ||
           add_text(out, ",\"authtype\":\"service_account\",\"authid\":", producer) ||
           add_text(out, ",\"tenant\":", event->tenant) || add_salt(out, salt) || buf_append(out, ",", 1);
}

/* "fleet-17"; in a log that succeeded another one, the second of its class, "fleet.2-17": what stood there before is
 * another event, whose id nobody may take for this one's. */
static void format_id(const struct bus_event *event, char ret[ID_BYTES])
{
    char log[16] = "";
    const uint32_t succession = place_succession(event->place);
    if (succession)
        snprintf(log, sizeof(log), ".%u", (unsigned)succession + 1);
    snprintf(ret, ID_BYTES, "%s%s-%" PRIu64, class_words[event->class], log, event->sequence);
}

int event_compose(
    struct buf *out, const struct bus_event *event, const char *producer, const uint8_t salt[EVENT_SALT_BYTES])
{
    size_t before = out->length;
    char id[ID_BYTES];
    format_id(event, id);
    if (!compose_attributes(out, event, id, producer, salt) && !event_data_write(out, event, id) &&
        !buf_append(out, "}", 1) && out->length - before <= EVENT_BYTES_MAX)
        return 0;
    out->length = before;
    return -1;
}

int event_by_type(const char *type)
{
    const size_t prefix = strlen(TYPE_PREFIX), suffix = strlen(TYPE_SUFFIX), length = strlen(type);
    if (length <= prefix + suffix || strncmp(type, TYPE_PREFIX, prefix) || strcmp(type + length - suffix, TYPE_SUFFIX))
        return -1;
    for (int i = 0; i < EVENT_COUNT; i++) {
        if (strlen(event_rows[i].type) == length - prefix - suffix &&
            !memcmp(event_rows[i].type, type + prefix, length - prefix - suffix))
            return i;
    }
    return -1;
}

/* Behind the class: "-17", ".2-17". -1: neither. */
static int read_number(const char *at, struct bus_event *event)
{
    unsigned long log = 1;
    if (*at == '.') {
        char *end;
        log = at[1] < '1' || at[1] > '9' ? 0 : strtoul(at + 1, &end, 10);
        if (log < 2 || log > SUCCESSIONS_MAX + 1)
            return -1;
        at = end;
    }
    if (*at != '-' || at[1] < '0' || at[1] > '9')
        return -1;
    event->sequence = strtoull(at + 1, NULL, 10);
    event->place = (uint64_t)(log - 1) << PLACE_SEQUENCE_BITS | place_sequence(event->sequence);
    return 0;
}

/* "fleet-17" → class and sequence. */
static int read_id(const json_t *json, struct bus_event *event, struct problem *problem)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    for (int class = 0; id && class < CLASS_COUNT; class ++) {
        size_t length = strlen(class_words[class]);
        if (strncmp(id, class_words[class], length) || read_number(id + length, event))
            continue;
        event->class = (enum class)class;
        return 0;
    }
    return problem_set(problem, "bad-field", "id", "id must be a class of the log, - and a sequence");
}

/* A user's type and name, as event_data_write parted them: one text again. */
static int read_actor(const json_t *data, struct event_read *read, struct problem *problem)
{
    const json_t *user = json_object_get(json_object_get(data, "actor"), "user");
    const char *type = NULL, *name = NULL;
    if (read_text(user, "type", &type, problem) || read_text(user, "name", &name, problem))
        return -1;
    if (name && asprintf(&read->actor, "%s%s%s", type ? type : "", type ? ":" : "", name) < 0) {
        read->actor = NULL;
        return problem_set(problem, "no-memory", "", "no memory");
    }
    read->event.actor = read->actor;
    return 0;
}

static int read_stored(struct event_read *read, struct problem *problem)
{
    struct bus_event *event = &read->event;
    const json_t *json = read->json, *data = json_object_get(json, "data");
    const char *type = json_string_value(json_object_get(json, "type"));
    if (read_id(json, event, problem) || read_time(json, "time", &event->time_ms, problem) ||
        read_sev(json, &event->sev, problem) || read_text(json, "tenant", &event->tenant, problem) ||
        read_text(json, "subject", &event->subject, problem) || read_actor(data, read, problem))
        return -1;
    /* A type, or fields of one, from another version of Vedette: there is still the text. */
    event->event = type ? event_by_type(type) : -1;
    if (event->event >= 0 && (make_data(read, NULL) || event_data_read(event->event, data, read->data, NULL))) {
        free(read->data);
        read->data = NULL;
        event->data = NULL;
        event->event = -1;
    }
    return 0;
}

/* What is sealed is read as one word: it is longer than its field may be. */
int event_read_stored(const char *text, size_t bytes, struct event_read *ret, struct problem *problem)
{
    struct buf hidden = { 0 };
    int status = seal_text_hide(text, bytes, &hidden);
    status = status < 0 ? problem_set(problem, "no-memory", "", "no memory")
             : status   ? read_event(text, bytes, read_stored, ret, problem)
                        : read_event(hidden.data, hidden.length, read_stored, ret, problem);
    if (!status) {
        ret->event.json = text;
        ret->event.json_bytes = bytes;
    }
    buf_free(&hidden);
    return status;
}
