/* Any bytes as a segment's plaintext, as frames, and as a sealed object or signed commit. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/envelope/bulk.h"
#include "lib/repository/context.h"
#include "lib/repository/frame.h"

static void unpack(const uint8_t *data, size_t size)
{
    static uint8_t content[FRAME_CONTENT_MAX];
    static struct unpacker *unpacker;
    struct context context;
    size_t at = 0, frame, bytes;
    if (!unpacker)
        unpacker = unpacker_make();
    (void)context_read(data, size, &context, &at);
    for (; at < size && !frame_measure(data + at, size - at, &frame, &bytes, NULL); at += frame) {
        if (!frame || frame > size - at)
            abort();
        (void)frame_unpack(unpacker, data + at, frame, content, bytes, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct envelope_key *own;
    struct buf buf = { 0 };
    char signer[FINGERPRINT_HEX_BYTES];
    void *content;
    size_t bytes;
    if (!own && !envelope_key_make(ENVELOPE_KEY_P256, &buf, NULL))
        own = envelope_key_private(buf.data, buf.length, NULL);
    buf_clear(&buf);
    unpack(data, size);
    (void)envelope_statement_open(data, size, &buf, signer, NULL);
    buf_clear(&buf);
    if (!buf_append(&buf, data, size))
        (void)envelope_bulk_open(&(struct bulk_opener){ .own = own }, buf.data, size, &content, &bytes, NULL);
    buf_free(&buf);
    return 0;
}
