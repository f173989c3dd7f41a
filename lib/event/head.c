#include "lib/event/head.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/event/event.h"

#define TYPE_BYTES_MAX 64

struct span {
    const char *at;
    size_t bytes;
};

/* A string without escapes, its quotes taken off; *at moves behind it. -1: there is none. */
static int take_string(const char **at, const char *end, struct span *ret)
{
    const char *first = *at + 1;
    if (*at == end || **at != '"')
        return -1;
    const char *last = memchr(first, '"', (size_t)(end - first));
    if (!last || memchr(first, '\\', (size_t)(last - first)))
        return -1;
    *ret = (struct span){ first, (size_t)(last - first) };
    *at = last + 1;
    return 0;
}

static bool take(const char **at, const char *end, char expected)
{
    if (*at == end || **at != expected)
        return false;
    ++*at;
    return true;
}

static bool is(const struct span *span, const char *text)
{
    return span->bytes == strlen(text) && !memcmp(span->at, text, span->bytes);
}

static int note_text(const struct span *name, const struct span *value, struct event_head *head, bool *has_type)
{
    char type[TYPE_BYTES_MAX + 1];
    if (is(name, "tenant")) {
        if (value->bytes >= sizeof(head->tenant))
            return -1;
        memcpy(head->tenant, value->at, value->bytes);
        head->tenant[value->bytes] = '\0';
    } else if (is(name, "type")) {
        if (value->bytes > TYPE_BYTES_MAX)
            return -1;
        snprintf(type, sizeof(type), "%.*s", (int)value->bytes, value->at);
        head->event = event_by_type(type);
        *has_type = true;
    }
    return 0;
}

int event_head_read(const char *text, size_t bytes, struct event_head *ret)
{
    struct event_head head = { .event = -1 };
    struct span name = { "", 0 }, value;
    const char *at = text, *end = text + bytes;
    bool has_type = false;
    if (!take(&at, end, '{'))
        return -1;
    while (!take_string(&at, end, &name) && take(&at, end, ':') && !is(&name, "data")) {
        if (is(&name, "sev")) {
            if (at == end || *at < '1' || *at > '4')
                return -1;
            head.sev = *at++ - '0';
        } else if (take_string(&at, end, &value) || note_text(&name, &value, &head, &has_type)) {
            return -1;
        }
        if (!take(&at, end, ','))
            return -1;
    }
    if (!is(&name, "data") || !has_type || !head.sev)
        return -1;
    *ret = head;
    return 0;
}

/* The attributes come first, and a quote within a text stands behind a backslash: the first one is the attribute. */
static int find_time(const char *text, size_t bytes, const char *before, int64_t *ret)
{
    char time[RFC3339_BYTES];
    const char *at = memmem(text, bytes, before, strlen(before));
    if (!at || (size_t)(text + bytes - at) < strlen(before) + sizeof(time))
        return -1;
    memcpy(time, at + strlen(before), sizeof(time) - 1);
    time[sizeof(time) - 1] = '\0';
    return clock_parse_rfc3339(time, ret);
}

int event_recorded(const char *text, size_t bytes, int64_t *ret_wall_ms)
{
    return find_time(text, bytes, ",\"recordedtime\":\"", ret_wall_ms) &&
                   find_time(text, bytes, ",\"time\":\"", ret_wall_ms)
               ? -1
               : 0;
}
