#include "agent/backup/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"

/* The header of POSIX's ustar; numbers in octal digits. */
struct ustar {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, linked[100], magic[6], version[2],
        uname[32], gname[32], major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct ustar) == TAR_BLOCK_BYTES, "a block");

#define OCTAL_7_MAX 07777777u      /* what seven digits hold */
#define OCTAL_11_MAX 077777777777u /* 8 GiB */

static void octal(char *field, size_t bytes, uint64_t value, uint64_t most)
{
    snprintf(field, bytes, "%0*" PRIo64, (int)bytes - 1, value <= most ? value : 0);
}

/* "<length> <key>=<value>\n", where the length counts its own digits. */
static int record(struct buf *buf, const char *key, const void *value, size_t bytes)
{
    size_t rest = strlen(key) + bytes + 3, length = rest + 1;
    char digits[24];
    while ((size_t)snprintf(digits, sizeof(digits), "%zu", length) + rest != length)
        length = (size_t)snprintf(digits, sizeof(digits), "%zu", length) + rest;
    return buf_format(buf, "%zu %s=", length, key) || buf_append(buf, value, bytes) || buf_text(buf, "\n") ? -1 : 0;
}

static int number(struct buf *buf, const char *key, uint64_t value)
{
    char digits[24];
    return record(buf, key, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

static int text(struct buf *buf, const char *key, const char *value)
{
    return record(buf, key, value, strlen(value));
}

static int time_record(struct buf *buf, const struct entry *entry)
{
    char value[40];
    int64_t s = entry->mtime_s;
    uint32_t ns = entry->mtime_ns;
    bool before = s < 0 && ns; /* -1.5 is -2 s and 500,000,000 ns */
    snprintf(value, sizeof(value), "%s%" PRId64 ".%09" PRIu32, before ? "-" : "", before ? -(s + 1) : s,
        before ? 1000000000 - ns : ns);
    return text(buf, "mtime", value);
}

static int xattr_records(struct buf *buf, const struct entry *entry)
{
    const uint8_t *at = entry->xattrs, *end = at + entry->xattrs_bytes;
    struct xattr xattr;
    char key[TREE_NAME_MAX + 16];
    while (at && xattr_next(&at, end, &xattr)) {
        snprintf(key, sizeof(key), "SCHILY.xattr.%s", xattr.name);
        if (record(buf, key, xattr.value, xattr.bytes))
            return -1;
    }
    return 0;
}

/* Which parts follow, in blocks of decimal numbers before them. A hole at the end is a part of nothing behind it. */
static int map(const struct extents *extents, uint64_t size, struct buf *ret)
{
    const struct extent *last = extents->n ? &extents->all[extents->n - 1] : NULL;
    bool open = !last || last->offset + last->length < size;
    int error = buf_format(ret, "%zu\n", extents->n + open);
    for (size_t i = 0; i < extents->n; i++)
        error |= buf_format(ret, "%" PRIu64 "\n%" PRIu64 "\n", extents->all[i].offset, extents->all[i].length);
    if (open)
        error |= buf_format(ret, "%" PRIu64 "\n0\n", size);
    size_t over = ret->length % TAR_BLOCK_BYTES;
    char *place = over ? buf_reserve(ret, TAR_BLOCK_BYTES - over) : ret->data;
    if (error || !place)
        return -1;
    if (over) {
        memset(place, 0, TAR_BLOCK_BYTES - over);
        ret->length += TAR_BLOCK_BYTES - over;
    }
    return 0;
}

static char letter(const struct entry *entry)
{
    static const struct {
        enum entry_type type;
        char letter;
    } letters[] = { { ENTRY_FOLDER, '5' }, { ENTRY_SYMLINK, '2' }, { ENTRY_FIFO, '6' }, { ENTRY_CHARACTER, '3' },
        { ENTRY_BLOCK, '4' }, { ENTRY_HARD_LINK, '1' } };
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (letters[i].type == entry->type)
            return letters[i].letter;
    }
    return '0';
}

/* A header, and what belongs to it, filled up to a block. */
static int block(struct buf *ret, struct ustar *header, const struct buf *body)
{
    unsigned sum = 0;
    memcpy(header->magic, "ustar", 6);
    memcpy(header->version, "00", 2);
    memset(header->checksum, ' ', sizeof(header->checksum));
    for (size_t i = 0; i < sizeof(*header); i++)
        sum += ((const uint8_t *)header)[i];
    snprintf(header->checksum, sizeof(header->checksum), "%06o", sum);
    if (buf_append(ret, header, sizeof(*header)) || (body->length && buf_append(ret, body->data, body->length)))
        return -1;
    static const char zeros[TAR_BLOCK_BYTES];
    return buf_append(ret, zeros, (TAR_BLOCK_BYTES - body->length % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES);
}

/* Everything that has a limit in the old header goes into the extended one. */
static int extended(struct buf *body, const struct entry *entry, const char *path, const char *linked, uint64_t size)
{
    int error = text(body, "path", path) || number(body, "uid", entry->uid) || number(body, "gid", entry->gid) ||
                number(body, "size", size) || time_record(body, entry) || xattr_records(body, entry);
    if (!error && entry->type == ENTRY_SYMLINK)
        error = record(body, "linkpath", entry->link, entry->link_bytes);
    if (!error && linked)
        error = text(body, "linkpath", linked);
    return error ? -1 : 0;
}

static int sparse(struct buf *body, const struct entry *entry, const char *path)
{
    return number(body, "GNU.sparse.major", 1) || number(body, "GNU.sparse.minor", 0) ||
                   text(body, "GNU.sparse.name", path) || number(body, "GNU.sparse.realsize", entry->size)
               ? -1
               : 0;
}

int tar_header(
    struct buf *ret, const struct entry *entry, const char *path, const char *linked, const struct extents *extents)
{
    struct buf body = { 0 }, parts = { 0 }, none = { 0 };
    struct ustar header = { .type = 'x' };
    bool holes = extents && extents->sparse;
    uint64_t size = entry->type == ENTRY_FILE ? entry->size : 0;
    int error = holes && map(extents, entry->size, &parts);
    if (holes) {
        size = parts.length;
        for (size_t i = 0; i < extents->n; i++)
            size += extents->all[i].length;
    }
    error = error || extended(&body, entry, path, linked, size) || (holes && sparse(&body, entry, path));
    snprintf(header.name, sizeof(header.name), "pax/%.80s", path);
    octal(header.size, sizeof(header.size), body.length, OCTAL_11_MAX);
    octal(header.mode, sizeof(header.mode), 0600, OCTAL_7_MAX);
    error = error || block(ret, &header, &body);
    header = (struct ustar){ .type = letter(entry) };
    snprintf(header.name, sizeof(header.name), "%.99s", path);
    octal(header.mode, sizeof(header.mode), entry->mode, OCTAL_7_MAX);
    octal(header.uid, sizeof(header.uid), entry->uid, OCTAL_7_MAX);
    octal(header.gid, sizeof(header.gid), entry->gid, OCTAL_7_MAX);
    octal(header.size, sizeof(header.size), size, OCTAL_11_MAX);
    octal(header.mtime, sizeof(header.mtime), entry->mtime_s < 0 ? 0 : (uint64_t)entry->mtime_s, OCTAL_11_MAX);
    octal(header.major, sizeof(header.major), entry->major, OCTAL_7_MAX);
    octal(header.minor, sizeof(header.minor), entry->minor, OCTAL_7_MAX);
    error = error || block(ret, &header, &none) || (holes && buf_append(ret, parts.data, parts.length));
    buf_free(&body);
    buf_free(&parts);
    return error ? -1 : 0;
}
