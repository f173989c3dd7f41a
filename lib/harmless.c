#include "lib/harmless.h"

#include "lib/buf.h"
#include "lib/utf8.h"

int harmless_append(struct buf *out, const char *text, size_t bytes)
{
    const char *at = text, *end = text + bytes;
    int error = 0;
    while (at < end && !error) {
        const char *before = at;
        int32_t c = utf8_next(&at, end);
        if (c < 0)
            error = buf_format(out, "<%02X>", (unsigned char)*at++);
        else if (utf8_is_hidden(c))
            error = buf_format(out, "<U+%04X>", (unsigned)c);
        else
            error = buf_append(out, before, (size_t)(at - before));
    }
    return error;
}
