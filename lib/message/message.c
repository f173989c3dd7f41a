#include "lib/message/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/message/place.h"
#include "lib/problem.h"

__attribute__((constructor)) static void watch(void)
{
    json_set_alloc_funcs(memory_get, free);
}

static json_t *parse(const char *text, size_t bytes, json_type type, struct problem *problem)
{
    json_error_t error;
    memory_watch();
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (memory_lacked())
        problem_set(problem, "no-memory", "", "no memory to read %zu bytes of JSON", bytes);
    else if (!json)
        problem_set(problem, "bad-json", "", "not JSON at byte %d: %s", error.position, error.text);
    else if (json_typeof(json) != type)
        problem_set(problem, "bad-json", "", "not a JSON %s", type == JSON_OBJECT ? "object" : "list");
    else
        return json;
    json_decref(json);
    return NULL;
}

json_t *message_parse(const char *text, size_t bytes, struct problem *problem)
{
    return parse(text, bytes, JSON_OBJECT, problem);
}

json_t *message_parse_list(const char *text, size_t bytes, struct problem *problem)
{
    return parse(text, bytes, JSON_ARRAY, problem);
}

char *message_text(const json_t *json, size_t flags)
{
    memory_watch();
    char *text = json_dumps(json, flags);
    if (!memory_lacked())
        return text;
    free(text);
    return NULL;
}

int message_put(json_t *object, const char *name, const char *text)
{
    return text ? json_object_set_new(object, name, json_string(text)) : 0;
}

bool message_has(const struct field *field, const void *message)
{
    if (is_pointer(field))
        return *(void *const *)place_in(message, field->offset);
    return field->offset_has == FIELD_NOT_OPTIONAL || *(const bool *)place_in(message, field->offset_has);
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
