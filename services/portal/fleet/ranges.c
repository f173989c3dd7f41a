#include "services/portal/fleet/ranges.h"

#include <string.h>

#define DIGITS_MAX 10

/* The number at *text, which then stands behind it; 0: there is none. */
static uint64_t number(const char **text)
{
    size_t digits = strspn(*text, "0123456789");
    uint64_t value = 0;
    if (digits > DIGITS_MAX)
        return 0;
    for (; digits; digits--)
        value = value * 10 + (uint64_t)(*(*text)++ - '0');
    return value <= UINT32_MAX ? value : 0;
}

size_t ranges_parse(const char *text, uint32_t ret_ids[RANGES_AGENTS_MAX])
{
    size_t count = 0;
    for (;;) {
        uint64_t first = number(&text), last = first;
        if (*text == '-') {
            text++;
            last = number(&text);
        }
        if (!first || last < first || last - first >= RANGES_AGENTS_MAX - count)
            return 0;
        for (uint64_t id = first; id <= last; id++)
            ret_ids[count++] = (uint32_t)id;
        if (!*text)
            return count;
        if (*text != ',' && *text != ' ')
            return 0;
        text++;
    }
}
