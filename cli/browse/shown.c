#include "cli/browse/shown.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/utf8.h"

json_t *shown_text(const char *text, size_t bytes, bool *ret_is_text)
{
    const char *end = text + bytes;
    struct buf written = { 0 };
    *ret_is_text = true;
    while (text < end) {
        const char *from = text;
        if (utf8_next(&text, end) >= 0) {
            buf_append(&written, from, (size_t)(text - from));
            continue;
        }
        *ret_is_text = false;
        buf_format(&written, "\\%03o", (unsigned char)*text++);
    }
    json_t *json = written.failed ? NULL : json_stringn(written.length ? written.data : "", written.length);
    buf_free(&written);
    return json;
}

json_t *shown_path(const struct versions *versions, uint32_t name)
{
    static char path[NODE_PATH_BYTES + 1] = "/"; /* the loop's thread alone is here */
    bool is_text;
    size_t bytes = versions_path(versions, name, path + 1) + 1;
    const char *from = path;
    if (bytes > SHOWN_PATH_BYTES) {
        from = path + bytes - SHOWN_PATH_BYTES;
        from += strcspn(from, "/");
    }
    return shown_text(from, (size_t)(path + bytes - from), &is_text);
}

void shown_version(const struct version *version, json_t *row)
{
    char time[RFC3339_BYTES], type[2] = { (char)version->type };
    bool is_text;
    clock_rfc3339(time, version->mtime_s * 1000 + version->mtime_ns / 1000000);
    json_object_set_new(row, "type", json_string(type));
    json_object_set_new(row, "size", json_integer((json_int_t)version->size));
    json_object_set_new(row, "modified", json_string(time));
    json_object_set_new(row, "mode", json_integer(version->mode));
    json_object_set_new(row, "uid", json_integer(version->uid));
    json_object_set_new(row, "gid", json_integer(version->gid));
    json_object_set_new(row, "first", json_integer(version->first));
    json_object_set_new(row, "last", json_integer(version->last));
    if (version->flags & ENTRY_UNSTEADY)
        json_object_set_new(row, "unsteady", json_true());
    if (version->link)
        json_object_set_new(row, "link", shown_text(version->link, strlen(version->link), &is_text));
}
