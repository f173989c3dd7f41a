/* Numbers in network order inside byte strings: written into buffers, read by a reader that never leaves its bounds. */
#ifndef VEDETTE_WIRE_H
#define VEDETTE_WIRE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/buf.h"

/* Reads from bytes that stay the caller's. Past the end it yields zeros and failed stays set: look once, at the end. */
struct wire_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static inline const void *wire_bytes(struct wire_reader *reader, size_t count)
{
    const uint8_t *at = reader->at;
    if (reader->failed || count > reader->left) {
        reader->failed = true;
        return NULL;
    }
    reader->at += count;
    reader->left -= count;
    return at;
}

static inline uint8_t wire_u8(struct wire_reader *reader)
{
    const uint8_t *at = wire_bytes(reader, 1);
    return at ? *at : 0;
}

static inline uint16_t wire_u16(struct wire_reader *reader)
{
    uint16_t number = 0;
    const void *at = wire_bytes(reader, sizeof(number));
    if (at)
        memcpy(&number, at, sizeof(number));
    return be16toh(number);
}

static inline uint32_t wire_u32(struct wire_reader *reader)
{
    uint32_t number = 0;
    const void *at = wire_bytes(reader, sizeof(number));
    if (at)
        memcpy(&number, at, sizeof(number));
    return be32toh(number);
}

static inline uint64_t wire_u64(struct wire_reader *reader)
{
    uint64_t number = 0;
    const void *at = wire_bytes(reader, sizeof(number));
    if (at)
        memcpy(&number, at, sizeof(number));
    return be64toh(number);
}

static inline void wire_put_u16(void *place, uint16_t number)
{
    number = htobe16(number);
    memcpy(place, &number, sizeof(number));
}

static inline void wire_put_u32(void *place, uint32_t number)
{
    number = htobe32(number);
    memcpy(place, &number, sizeof(number));
}

static inline void wire_put_u64(void *place, uint64_t number)
{
    number = htobe64(number);
    memcpy(place, &number, sizeof(number));
}

static inline int wire_add_u8(struct buf *out, uint8_t number)
{
    return buf_append(out, &number, 1);
}

static inline int wire_add_u16(struct buf *out, uint16_t number)
{
    number = htobe16(number);
    return buf_append(out, &number, sizeof(number));
}

static inline int wire_add_u32(struct buf *out, uint32_t number)
{
    number = htobe32(number);
    return buf_append(out, &number, sizeof(number));
}

static inline int wire_add_u64(struct buf *out, uint64_t number)
{
    number = htobe64(number);
    return buf_append(out, &number, sizeof(number));
}

#endif
