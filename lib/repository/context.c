#include "lib/repository/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* 0x184D2A50 and the length, both little-endian. */
static const uint8_t magic[] = { 0x50, 0x2a, 0x4d, 0x18 };
#define HEADER_BYTES 8

size_t context_write(const struct context *context, uint8_t ret[CONTEXT_BYTES_MAX])
{
    int length = snprintf((char *)ret + HEADER_BYTES, CONTEXT_BYTES_MAX - HEADER_BYTES,
        "{\"format\":\"" REPOSITORY_FORMAT "\",\"agent\":%" PRIu32 ",\"backup\":\"%s\",\"kind\":\"%c\"}",
        context->agent, context->backup, context->kind);
    memcpy(ret, magic, sizeof(magic));
    memcpy(ret + sizeof(magic), (uint8_t[]){ (uint8_t)length, 0, 0, 0 }, 4);
    return HEADER_BYTES + (size_t)length;
}

/* What was read is written again, and must be the same. */
int context_read(const void *data, size_t bytes, struct context *ret, size_t *ret_bytes)
{
    const uint8_t *at = data;
    char text[CONTEXT_BYTES_MAX];
    uint8_t again[CONTEXT_BYTES_MAX];
    struct context context;
    if (bytes < HEADER_BYTES || memcmp(at, magic, sizeof(magic)) || at[4] >= CONTEXT_BYTES_MAX - HEADER_BYTES ||
        bytes - HEADER_BYTES < at[4])
        return -1;
    memcpy(text, at + HEADER_BYTES, at[4]);
    text[at[4]] = '\0';
    if (sscanf(text,
            "{\"format\":\"" REPOSITORY_FORMAT "\",\"agent\":%10" SCNu32 ",\"backup\":\"%32[0-9a-f]\",\"kind\":\"%c\"}",
            &context.agent, context.backup, &context.kind) != 3 ||
        strlen(context.backup) != BACKUP_BYTES - 1 || !strchr("TCDMI", context.kind))
        return -1;
    size_t length = context_write(&context, again);
    if (length > bytes || memcmp(again, at, length))
        return -1;
    *ret = context;
    *ret_bytes = length;
    return 0;
}
