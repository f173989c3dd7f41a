#include "lib/ids.h"

#include <string.h>

size_t ids_parse(const char *text, uint32_t ret_ids[IDS_MAX])
{
    size_t count = 0;
    while (*text) {
        uint64_t id = 0;
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 10 || count == IDS_MAX)
            return 0;
        for (size_t i = 0; i < digits; i++)
            id = id * 10 + (uint64_t)(text[i] - '0');
        if (id == 0 || id > UINT32_MAX)
            return 0;
        ret_ids[count++] = (uint32_t)id;
        text += digits;
        if (*text && *text++ != ',')
            return 0;
    }
    return count;
}
