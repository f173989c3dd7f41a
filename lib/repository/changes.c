#include "lib/repository/changes.h"

#include <string.h>

#include "lib/wire.h"

#define HEAD_BYTES (1 + 2 + 8 + 4)

int change_add(struct buf *out, const struct change *change)
{
    size_t path = strlen(change->path);
    /* All or nothing: a buffer that is full must end with a whole change. */
    if (!buf_reserve(out, HEAD_BYTES + path + change->bytes))
        return -1;
    int error = wire_add_u8(out, (uint8_t)change->kind) || wire_add_u16(out, (uint16_t)path) ||
                buf_append(out, change->path, path);
    if (change->kind != CHANGE_REMOVE)
        error = error || wire_add_u64(out, change->at);
    if (change->kind == CHANGE_WRITE)
        error = error || wire_add_u32(out, (uint32_t)change->bytes) || buf_append(out, change->data, change->bytes);
    return error ? -1 : 0;
}

static int is_path(const char *path)
{
    for (;;) {
        size_t word = strcspn(path, "/");
        if (!word || (path[0] == '.' && (word == 1 || (word == 2 && path[1] == '.'))))
            return 0;
        if (!path[word])
            return 1;
        path += word + 1;
    }
}

static int read_path(struct wire_reader *in, char ret[CHANGE_PATH_BYTES])
{
    size_t bytes = wire_u16(in);
    const char *path = bytes < CHANGE_PATH_BYTES ? wire_bytes(in, bytes) : NULL;
    if (!path || memchr(path, '\0', bytes))
        return -1;
    memcpy(ret, path, bytes);
    ret[bytes] = '\0';
    return is_path(ret) ? 0 : -1;
}

int change_read(const uint8_t **at, const uint8_t *end, struct change *ret)
{
    struct wire_reader in = { *at, (size_t)(end - *at), false };
    ret->kind = wire_u8(&in);
    if (read_path(&in, ret->path))
        return -1;
    ret->at = ret->bytes = 0;
    ret->data = NULL;
    if (ret->kind == CHANGE_WRITE || ret->kind == CHANGE_SIZE)
        ret->at = wire_u64(&in);
    else if (ret->kind != CHANGE_REMOVE)
        return -1;
    if (ret->kind == CHANGE_WRITE) {
        ret->bytes = wire_u32(&in);
        ret->data = ret->bytes <= CHANGE_DATA_MAX ? wire_bytes(&in, ret->bytes) : NULL;
        if (!ret->data)
            return -1;
    }
    if (in.failed || ret->at > CHANGE_FILE_MAX)
        return -1;
    *at = in.at;
    return 0;
}
