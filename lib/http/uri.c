#include "lib/http/private.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Text that may go on: no control characters, UTF-8 (Jansson's own check, which all our JSON passes). */
static bool clean(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    json_t *string = json_string(text);
    json_decref(string);
    return string != NULL;
}

int http_decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in != '%') {
            *out++ = *in;
            continue;
        }
        int high = hex_digit(in[1]), low = high < 0 ? -1 : hex_digit(in[2]);
        if (low < 0 || (high | low) == 0)
            return -1;
        *out++ = (char)(high << 4 | low);
        in += 2;
    }
    *out = '\0';
    return clean(text) ? 0 : -1;
}

bool http_accepts_gzip(const char *accept_encoding)
{
    const char *item = accept_encoding;
    while (item && *item) {
        item += strspn(item, " \t,");
        size_t length = strcspn(item, ",");
        size_t name = strcspn(item, ",; \t");
        if (name == 4 && strncasecmp(item, "gzip", 4) == 0) {
            const char *weight = memchr(item, '=', length);
            /* "q=0", "q=0.0": expressly not. */
            return !weight || strspn(weight + 1, "0.") < strcspn(weight + 1, " \t,");
        }
        item += length;
    }
    return false;
}
