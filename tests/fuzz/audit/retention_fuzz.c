/* Any bytes as the file of what retention has done: what is read says the same when it is written and read again, and
 * no time in it upsets the clock's guard. */
#include "tests/fuzz/fuzz.h"

#include "services/audit/retention/retention.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct retention retention, again;
    char written[RETENTION_BYTES], rewritten[RETENTION_BYTES], *text = strndup((const char *)data, size);
    if (!text)
        abort();
    if (!retention_parse(text, &retention)) {
        retention_format(&retention, written);
        if (retention_parse(written, &again))
            abort();
        retention_format(&again, rewritten);
        if (strcmp(written, rewritten))
            abort();
        for (int i = -1; i < 3; i++)
            retention_may_delete(&retention, 1700000000000 + i * RETENTION_DAY_MS, i < 0 ? -1 : 1000);
    }
    free(text);
    return 0;
}
