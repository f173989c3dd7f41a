#include "services/alert/output/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/event/data.h"
#include "lib/event/event.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define TYPE_PREFIX "vedette."
#define TYPE_SUFFIX ".v1"
#define CUSTOM_BYTES_MAX 4000 /* of one value: what CEF allows a custom string */

static int bad(const char *field, struct problem *problem)
{
    return problem_set(problem, "bad-entry", field, "an entry of the log has no %s that can be told", field);
}

/* "fleet-17": class and sequence; in a log that succeeded another, "fleet.2-17". */
static int read_id(struct text *text)
{
    const char *dash = text->id ? strrchr(text->id, '-') : NULL;
    const size_t length = text->id ? strspn(text->id, "abcdefghijklmnopqrstuvwxyz") : 0;
    if (!dash || !length || length >= TEXT_CLASS_BYTES || !dash[1] ||
        strspn(dash + 1, "0123456789") != strlen(dash + 1) ||
        length + strspn(text->id + length, ".0123456789") != (size_t)(dash - text->id))
        return -1;
    memcpy(text->class, text->id, length);
    text->sequence = strtoull(dash + 1, NULL, 10);
    return 0;
}

static int read_type(struct text *text, const char *type)
{
    size_t length = type ? strlen(type) : 0, prefix = strlen(TYPE_PREFIX), suffix = strlen(TYPE_SUFFIX);
    if (!length || length >= TEXT_TYPE_BYTES)
        return -1;
    bool ours =
        length > prefix + suffix && !strncmp(type, TYPE_PREFIX, prefix) && !strcmp(type + length - suffix, TYPE_SUFFIX);
    memcpy(text->type, ours ? type + prefix : type, ours ? length - prefix - suffix : length);
    for (const char *c = text->type; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return -1;
    }
    return 0;
}

static void read_actor(struct text *text, const json_t *data)
{
    const json_t *user = json_object_get(json_object_get(data, "actor"), "user");
    const char *type = json_string_value(json_object_get(user, "type"));
    const char *name = json_string_value(json_object_get(user, "name"));
    if (name)
        snprintf(text->actor, sizeof(text->actor), "%s%s%s", type ? type : "", type ? ":" : "", name);
}

int text_read(const char *json, size_t bytes, struct text *ret, struct problem *problem)
{
    struct text text = { .root = message_parse(json, bytes, problem), .json = json, .bytes = bytes };
    if (!text.root)
        return -1;
    const json_t *data = json_object_get(text.root, "data");
    text.id = json_string_value(json_object_get(text.root, "id"));
    text.time = json_string_value(json_object_get(text.root, "time"));
    text.tenant = json_string_value(json_object_get(text.root, "tenant"));
    text.subject = json_string_value(json_object_get(text.root, "subject"));
    text.sev = (int)json_integer_value(json_object_get(text.root, "sev"));
    read_actor(&text, data);
    int error = 0;
    if (read_id(&text))
        error = bad("id", problem);
    else if (read_type(&text, json_string_value(json_object_get(text.root, "type"))))
        error = bad("type", problem);
    else if (!text.time || clock_parse_rfc3339(text.time, &text.time_ms))
        error = bad("time", problem);
    else if (text.sev < 1 || text.sev > 4)
        error = bad("sev", problem);
    if (!error)
        text.fields = event_data_fields(event_by_short_type(text.type), data);
    if (!error && !text.fields)
        error = problem_set(problem, "no-memory", "", "no memory");
    if (error)
        text_free(&text);
    else
        *ret = text;
    return error;
}

void text_free(struct text *text)
{
    json_decref(text->fields);
    json_decref(text->root);
    text->root = text->fields = NULL;
}

const char *text_meaning(const struct text *text)
{
    int event = event_by_short_type(text->type);
    return event < 0 ? text->type : event_rows[event].meaning;
}

int text_value(const json_t *value, struct buf *out)
{
    if (json_is_string(value))
        return buf_text(out, json_string_value(value));
    char *dumped = message_text(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    int error = dumped ? buf_append(out, dumped, strnlen(dumped, CUSTOM_BYTES_MAX)) : -1;
    free(dumped);
    return error;
}
