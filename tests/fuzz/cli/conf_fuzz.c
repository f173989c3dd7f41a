/* vedette.conf as people left it: what is set must stand there once, in force, and setting it again changes nothing. */
#include "tests/fuzz/fuzz.h"

#include "cli/conf.h"
#include "lib/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    struct buf once = { 0 }, twice = { 0 };
    if (conf_set(text, "a.b", "value", &once) || !strstr(once.data, "a.b = value\n") ||
        conf_set(once.data, "a.b", "value", &twice) || strcmp(once.data, twice.data))
        abort();
    buf_free(&twice);
    buf_free(&once);
    free(text);
    return 0;
}
