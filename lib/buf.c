#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"

#define DEFAULT_LIMIT_BYTES (16u << 20)
#define FIRST_ROOM_BYTES 256

char *buf_reserve(struct buf *buf, size_t count)
{
    size_t limit = buf->limit_bytes ? buf->limit_bytes : DEFAULT_LIMIT_BYTES;
    if (buf->failed || count > limit - buf->length) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->length + count + 1;
    if (need > buf->room) {
        size_t room = buf->room ? buf->room : FIRST_ROOM_BYTES;
        while (room < need)
            room *= 2;
        char *data = memory_change(buf->data, room);
        if (!data) {
            buf->failed = buf->no_memory = true;
            return NULL;
        }
        buf->data = data;
        buf->room = room;
    }
    return buf->data + buf->length;
}

int buf_append(struct buf *buf, const void *bytes, size_t count)
{
    char *place = buf_reserve(buf, count);
    if (!place)
        return -1;
    if (count)
        memcpy(place, bytes, count);
    place[count] = '\0';
    buf->length += count;
    return 0;
}

int buf_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

int buf_format(struct buf *buf, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int count = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *place = count < 0 ? NULL : buf_reserve(buf, (size_t)count);
    if (place) {
        vsnprintf(place, (size_t)count + 1, format, again);
        buf->length += (size_t)count;
    }
    va_end(again);
    return place ? 0 : -1;
}

/* How a character stands in a JSON string; NULL: as it is. */
static const char *json_escape(unsigned char c, char scratch[7])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    }
    if (c >= 0x20 && c != 0x7f)
        return NULL;
    snprintf(scratch, 7, "\\u%04x", c);
    return scratch;
}

int buf_json_string(struct buf *buf, const char *text, size_t count)
{
    size_t before = buf->length, start = 0;
    int error = buf_append(buf, "\"", 1);
    for (size_t i = 0; i < count && !error; i++) {
        char scratch[7];
        const char *escape = json_escape((unsigned char)text[i], scratch);
        if (!escape)
            continue;
        error = buf_append(buf, text + start, i - start) || buf_text(buf, escape);
        start = i + 1;
    }
    if (error || buf_append(buf, text + start, count - start) || buf_append(buf, "\"", 1)) {
        buf->length = before;
        return -1;
    }
    return 0;
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    buf->failed = buf->no_memory = false;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ .limit_bytes = buf->limit_bytes };
}
