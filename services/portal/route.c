#include "services/portal/route.h"

#include <string.h>

#include "lib/message/message.h"

/* Does path match the row's pattern? Fields of the path are kept in ret, which a mismatch leaves half written. */
static bool matches(const char *pattern, const char *path, struct route_match *ret)
{
    ret->n_fields = 0;
    while (*pattern && *path) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        bool rest = pattern[1] == '+';
        pattern += 1 + rest;
        size_t name_bytes = strcspn(pattern, "}"), value_bytes = rest ? strlen(path) : strcspn(path, "/");
        if (value_bytes == 0 || value_bytes >= ROUTE_VALUE_BYTES || ret->n_fields == ROUTE_FIELDS_MAX ||
            name_bytes >= sizeof(ret->fields[0].name))
            return false;
        memcpy(ret->fields[ret->n_fields].name, pattern, name_bytes);
        ret->fields[ret->n_fields].name[name_bytes] = '\0';
        memcpy(ret->fields[ret->n_fields].value, path, value_bytes);
        ret->fields[ret->n_fields++].value[value_bytes] = '\0';
        pattern += name_bytes + 1;
        path += value_bytes;
    }
    return *pattern == *path;
}

enum route_result route_find(const char *method, const char *path, struct route_match *ret)
{
    enum route_result result = ROUTE_UNKNOWN;
    *ret = (struct route_match){ 0 };
    for (size_t i = 0; i < route_count; i++) {
        const struct route_row *row = &route_rows[i];
        /* /agents/live stands before /agents/{agent}: the first match counts, for each method. */
        if (!matches(row->path, path, ret))
            continue;
        if (!strcmp(row->method, method)) {
            ret->row = row;
            return ROUTE_FOUND;
        }
        result = ROUTE_OTHER_METHOD;
        if (!strstr(ret->allow, row->method)) {
            strcat(ret->allow, ret->allow[0] ? ", " : "");
            strcat(ret->allow, row->method); /* GET and POST are all there are: 9 bytes */
        }
    }
    return result;
}

static const struct shape *request_shape(const struct route_row *row)
{
    static const struct shape nothing = { .name = "stream", .size = 1 };
    return row->call < 0 ? &nothing : call_rows[row->call].request;
}

int route_argument(
    const struct route_match *match, json_t *object, const char *name, const char *value, struct problem *problem)
{
    return message_set_text(request_shape(match->row), object, name, value, problem);
}

json_t *route_object(const struct route_match *match, const char *body, size_t body_bytes, struct problem *problem)
{
    json_t *object = body_bytes ? message_parse(body, body_bytes, problem) : json_object();
    for (size_t i = 0; object && i < match->n_fields; i++) {
        if (route_argument(match, object, match->fields[i].name, match->fields[i].value, problem)) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}
