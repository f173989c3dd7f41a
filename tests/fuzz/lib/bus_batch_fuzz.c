/* Any bytes as a batch of events and as audit's answer: what decodes encodes to the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "lib/bus/batch.h"

static void same(struct buf *again, const uint8_t *data, size_t size)
{
    if (again->length != size || memcmp(again->data, data, size))
        abort();
    buf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct batch batch;
    static struct batch_answer answer;
    struct buf again = { 0 };
    if (!batch_decode(data, size, &batch)) {
        batch_start(&again, batch.outbox, batch.before);
        for (size_t i = 0; i < batch.n; i++)
            batch_add(&again, batch.events[i].sequence, batch.events[i].text, batch.events[i].bytes);
        same(&again, data, size);
    }
    again = (struct buf){ 0 };
    if (!batch_answer_decode(data, size, &answer)) {
        batch_answer_encode(&again, &answer);
        same(&again, data, size);
    }
    return 0;
}
