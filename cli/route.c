#include "cli/route.h"

#include <string.h>

#include "lib/buf.h"

const struct route_row *route_of(enum call call)
{
    for (size_t i = 0; i < route_count; i++) {
        if (route_rows[i].call == (int)call)
            return &route_rows[i];
    }
    return NULL;
}

static int append_escaped(struct buf *target, const char *text)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    int error = 0;
    for (; *text && !error; text++)
        error = strchr(unreserved, *text) ? buf_append(target, text, 1)
                                          : buf_format(target, "%%%02X", (unsigned char)*text);
    return error;
}

static int append_value(struct buf *target, const json_t *value)
{
    if (json_is_integer(value))
        return buf_format(target, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_boolean(value))
        return buf_text(target, json_is_true(value) ? "true" : "false");
    return json_is_string(value) ? append_escaped(target, json_string_value(value)) : -1;
}

/* The path with each {field} replaced by its value and taken out of left. */
static int fill_path(const char *path, json_t *left, struct buf *target)
{
    while (*path) {
        size_t plain = strcspn(path, "{");
        if (buf_append(target, path, plain))
            return -1;
        path += plain;
        if (!*path)
            return 0;
        char name[64];
        size_t length = strcspn(++path, "}");
        if (length >= sizeof(name) || path[length] != '}')
            return -1;
        memcpy(name, path, length);
        name[length] = '\0';
        path += length + 1;
        if (append_value(target, json_object_get(left, name)) || json_object_del(left, name))
            return -1;
    }
    return 0;
}

static int append_query(json_t *left, struct buf *target)
{
    const char *name, *mark = "?";
    json_t *value;
    json_object_foreach(left, name, value)
    {
        if (buf_format(target, "%s%s=", mark, name) || append_value(target, value))
            return -1;
        mark = "&";
    }
    return 0;
}

int route_fill(const struct route_row *route, const json_t *fields, struct buf *target, json_t **ret_body)
{
    bool post = !strcmp(route->method, "POST");
    json_t *left = json_copy((json_t *)fields);
    if (!left || fill_path(route->path, left, target) || (!post && append_query(left, target))) {
        json_decref(left);
        return -1;
    }
    if (!post) {
        json_decref(left);
        left = NULL;
    }
    *ret_body = left;
    return 0;
}
