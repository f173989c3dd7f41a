#include "services/audit/search/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 18 /* more entries than that no log has */

static int parse_class(const char **at, int *ret)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        size_t length = strlen(class_words[class]);
        if (strncmp(*at, class_words[class], length) || (*at)[length] != '=')
            continue;
        *at += length + 1;
        *ret = class;
        return 0;
    }
    return -1;
}

int cursor_parse(const char *text, struct cursor *ret)
{
    struct cursor cursor = { { 0 } };
    unsigned seen = 0;
    for (const char *at = text;; at++) {
        int class;
        if (parse_class(&at, &class) || seen & 1u << class)
            return -1;
        seen |= 1u << class;
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > DIGITS_MAX)
            return -1;
        cursor.before[class] = strtoull(at, NULL, 10);
        at += digits;
        if (!*at)
            break;
        if (*at != ' ')
            return -1;
    }
    *ret = cursor;
    return 0;
}

void cursor_format(const struct cursor *cursor, char ret[CURSOR_BYTES])
{
    size_t length = 0;
    ret[0] = '\0';
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (cursor->before[class])
            length += (size_t)snprintf(ret + length, CURSOR_BYTES - length, "%s%s=%" PRIu64, length ? " " : "",
                class_words[class], cursor->before[class]);
    }
}
