/* Any bytes as any message of the contract: what decodes must encode, and decode again to the same text. */
#include "tests/fuzz/fuzz.h"

#include "contract.h"
#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"

static void round_trip(const struct shape *shape, const json_t *json)
{
    struct problem problem;
    void *message = calloc(1, shape->size);
    if (!message_decode(shape, json, message, &problem)) {
        struct buf text = { 0 };
        if (message_encode(shape, message, &text))
            abort();
        json_t *again = message_parse(text.data, text.length, &problem);
        void *twice = calloc(1, shape->size);
        if (!again || message_decode(shape, again, twice, &problem))
            abort();
        message_free(shape, twice);
        free(twice);
        json_decref(again);
        buf_free(&text);
        message_free(shape, message);
    }
    free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem;
    if (size < 1)
        return 0;
    json_t *json = message_parse((const char *)data + 1, size - 1, &problem);
    if (!json)
        return 0;
    const struct call_row *row = &call_rows[data[0] % CALL_COUNT];
    round_trip(row->request, json);
    round_trip(row->reply, json);
    round_trip(event_rows[data[0] % EVENT_COUNT].data, json);
    json_decref(json);
    return 0;
}
