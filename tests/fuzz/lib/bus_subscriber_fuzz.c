/* Any bytes as a subscriber's file: what is taken comes back the same from what is written of it. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/bus/subscriber.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bus_subscriber subscriber = { 0 }, again = { 0 };
    struct buf text = { 0 };
    if (bus_subscriber_parse((const char *)data, size, &subscriber, NULL))
        return 0;
    if (bus_subscriber_compose(&subscriber, &text) || bus_subscriber_parse(text.data, text.length, &again, NULL) ||
        memcmp(&again, &subscriber, sizeof(again)))
        abort();
    buf_free(&text);
    return 0;
}
