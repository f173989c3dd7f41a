/*
 * The CMS around segments and commits, altered: three bytes of input a byte of the object that becomes another, a byte that is left
 * over cuts it off. What still opens is what was sealed, and is by whom signed it. (segment_fuzz takes any bytes.)
 */
#include <stdlib.h>
#include <string.h>

#include "lib/envelope/bulk.h"

#define CONTENT "what was sealed"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct envelope_key *own;
static struct bulk_sealed sealed;
static struct buf segment, statement;

static void make(void)
{
    static char content[] = CONTENT;
    struct buf pem = { 0 };
    if (envelope_key_make(ENVELOPE_KEY_P256, &pem, NULL) || !(own = envelope_key_private(pem.data, pem.length, NULL)) ||
        envelope_bulk_seal((const struct envelope_key *const[]){ own, own }, 2, envelope_key_fingerprint(own), content,
            sizeof(content), &sealed, NULL) ||
        buf_append(&segment, sealed.head.data, sealed.head.length) || buf_append(&segment, content, sizeof(content)) ||
        buf_append(&segment, sealed.tail, sizeof(sealed.tail)) ||
        envelope_statement_sign(own, CONTENT, sizeof(CONTENT), &statement, NULL))
        abort();
    buf_free(&pem);
}

static struct buf altered(const struct buf *whole, const uint8_t *data, size_t size)
{
    struct buf object = { 0 };
    if (buf_append(&object, whole->data, whole->length))
        abort();
    for (; size >= 3; data += 3, size -= 3)
        object.data[(data[0] << 8 | data[1]) % object.length] ^= (char)data[2];
    if (size)
        object.length -= data[0] % object.length;
    return object;
}

static void must_be_same(const void *content, size_t bytes)
{
    if (bytes != sizeof(CONTENT) || memcmp(content, CONTENT, bytes))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = { 0 };
    char signer[FINGERPRINT_HEX_BYTES];
    void *content;
    size_t bytes;
    if (!own)
        make();
    struct buf object = altered(&segment, data, size);
    if (!envelope_bulk_open(&(struct bulk_opener){ .own = own }, object.data, object.length, &content, &bytes, NULL))
        must_be_same(content, bytes);
    buf_free(&object);
    object = altered(&statement, data, size);
    if (!envelope_statement_open(object.data, object.length, &text, signer, NULL)) {
        must_be_same(text.data, text.length);
        if (strcmp(signer, envelope_key_fingerprint(own)))
            abort();
    }
    buf_free(&object);
    buf_free(&text);
    return 0;
}
