/* A calendar's words, a line end, and a time zone's file of any bytes: what is due is after what was before it. */
#include "tests/fuzz/fuzz.h"

#include "lib/calendar/calendar.h"
#include "lib/calendar/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t length = end ? (size_t)(end - data) : size;
    char text[CALENDAR_TEXT_BYTES];
    struct calendar calendar;
    if (length >= sizeof(text))
        return 0;
    memcpy(text, data, length);
    text[length] = '\0';
    struct zone *zone = end ? zone_parse(end + 1, size - length - 1, NULL) : zone_load("Europe/Berlin", NULL);
    int64_t after_ms = (int64_t)1774742400000 - 86400000;
    if (zone && !calendar_parse(text, &calendar, NULL)) {
        for (int i = 0; i < 4 && after_ms != INT64_MAX; i++) {
            int64_t due_ms = calendar_next(&calendar, zone, after_ms);
            if (due_ms <= after_ms)
                abort();
            after_ms = due_ms;
        }
    }
    zone_free(zone);
    return 0;
}
