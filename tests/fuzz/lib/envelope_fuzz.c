/* Any bytes at each layer of an envelope: as it comes, as what was sealed, as what was signed, as its head. What is
 * opened is of its purpose, and nothing else is. */
#include "tests/fuzz/fuzz.h"

#include "lib/envelope/private.h"
#include "tests/envelope_rig.h"

static void open_it(const void *envelope, size_t bytes)
{
    struct envelope_opened opened;
    if (rig_open_as(&rig_agent, envelope, bytes, &opened, NULL))
        return;
    if (envelope_rows[opened.purpose].from != PEER_SCHEDULER || envelope_rows[opened.purpose].to ||
        !opened.place.counter)
        abort();
    envelope_opened_free(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf inner = { 0 }, envelope = { 0 };
    struct envelope_head head;
    size_t head_bytes;
    if (!rig_agent.seal)
        rig_open();
    if (!size)
        return 0;
    const uint8_t layer = data[0] % 4;
    data++;
    size--;
    if (layer == 0)
        open_it(data, size);
    else if (layer == 3)
        envelope_head_read((const char *)data, size, &head, &head_bytes, NULL);
    else if ((layer == 1 ? buf_append(&inner, data, size)
                         : envelope_sign(rig_scheduler.sign, data, size, &inner, NULL)) ||
             envelope_encrypt(rig_agent.seal, inner.data ? inner.data : "", inner.length, &envelope, NULL))
        abort();
    else
        open_it(envelope.data, envelope.length);
    buf_free(&inner);
    buf_free(&envelope);
    return 0;
}
