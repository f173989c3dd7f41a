/* Any text as a number for each class, as it stands in an event of the log: what is read is written as it stood, but
 * for leading zeros. */
#include "tests/fuzz/fuzz.h"

#include "lib/class_numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t numbers[CLASS_COUNT], again[CLASS_COUNT];
    char written[CLASS_NUMBERS_BYTES], *text = strndup((const char *)data, size);
    if (!text)
        abort();
    if (!class_numbers_parse(text, numbers)) {
        class_numbers_format(numbers, CLASS_NUMBERS_ALL, written);
        if (strlen(written) > strlen(text) || class_numbers_parse(written, again) ||
            memcmp(numbers, again, sizeof(again)))
            abort();
    }
    free(text);
    return 0;
}
