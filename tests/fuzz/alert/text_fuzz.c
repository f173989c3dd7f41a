/* Any entry in each format: no line ends early, and a frame has as many bytes as it says. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "services/alert/output/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text;
    if (text_read((const char *)data, size, &text, NULL))
        return 0;
    for (enum format format = FORMAT_JSON; format < FORMAT_COUNT; format++) {
        struct buf out = { 0 };
        char *message;
        if (text_syslog(&text, format, "host", "0.1", &out))
            abort();
        if (strtoul(out.data, &message, 10) != out.length - (size_t)(message + 1 - out.data))
            abort();
        if (format != FORMAT_JSON && strpbrk(out.data, "\r\n"))
            abort();
        buf_free(&out);
    }
    text_free(&text);
    return 0;
}
