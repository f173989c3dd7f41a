#include "lib/bus/batch.h"

#include "lib/wire.h"

#define VERSION 1

void batch_start(struct buf *out, uint64_t outbox, uint64_t before)
{
    wire_add_u8(out, VERSION);
    wire_add_u64(out, outbox);
    wire_add_u64(out, before);
}

int batch_add(struct buf *out, uint64_t sequence, const void *text, size_t bytes)
{
    return wire_add_u64(out, sequence) || wire_add_u16(out, (uint16_t)bytes) || buf_append(out, text, bytes);
}

int batch_decode(const void *data, size_t bytes, struct batch *ret)
{
    struct wire_reader in = { data, bytes, false };
    uint8_t version = wire_u8(&in);
    ret->outbox = wire_u64(&in);
    ret->before = wire_u64(&in);
    uint64_t last = ret->before;
    for (ret->n = 0; in.left && ret->n < BATCH_EVENTS_MAX && !in.failed; ret->n++) {
        struct batch_event *event = &ret->events[ret->n];
        event->sequence = wire_u64(&in);
        event->bytes = wire_u16(&in);
        event->text = wire_bytes(&in, event->bytes);
        if (event->sequence <= last)
            return -1;
        last = event->sequence;
    }
    return in.failed || in.left || version != VERSION || !ret->outbox ? -1 : 0;
}

int batch_answer_encode(struct buf *out, const struct batch_answer *answer)
{
    int error = wire_add_u8(out, VERSION) || wire_add_u8(out, (uint8_t)answer->status) ||
                wire_add_u64(out, answer->outbox) || wire_add_u64(out, answer->through);
    for (size_t i = 0; i < answer->n_refused && !error; i++) {
        const struct batch_refused *refused = &answer->refused[i];
        error = wire_add_u64(out, refused->sequence) || wire_add_u8(out, (uint8_t)refused->code_bytes) ||
                buf_append(out, refused->code, refused->code_bytes);
    }
    return error ? -1 : 0;
}

int batch_answer_decode(const void *data, size_t bytes, struct batch_answer *ret)
{
    struct wire_reader in = { data, bytes, false };
    uint8_t version = wire_u8(&in), status = wire_u8(&in);
    ret->status = status;
    ret->outbox = wire_u64(&in);
    ret->through = wire_u64(&in);
    for (ret->n_refused = 0; in.left && ret->n_refused < BATCH_REFUSED_MAX && !in.failed; ret->n_refused++) {
        struct batch_refused *refused = &ret->refused[ret->n_refused];
        refused->sequence = wire_u64(&in);
        refused->code_bytes = wire_u8(&in);
        refused->code = wire_bytes(&in, refused->code_bytes);
    }
    return in.failed || in.left || version != VERSION || status > BATCH_LATER ? -1 : 0;
}
