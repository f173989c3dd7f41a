#include "lib/package.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/problem.h"

#define FOLDER "vedette-agent/"
#define VERSION_FILE "VERSION"
#define VERSION_LINE_BYTES 128
#define BLOCK 512 /* of ustar, POSIX.1-1988 */
#define GZIP_WINDOW (15 + 16)
#define GZIP_LEAST_BYTES 18

/* Where the fields of a ustar header stand. */
enum { NAME = 0, SIZE = 124, CHECKSUM = 148, TYPE = 156, LINK = 157, MAGIC = 257, PREFIX = 345 };
#define NAME_ROOM 100
#define MAGIC_TEXT                                                                                                     \
    "ustar\0"                                                                                                          \
    "00"

static int bad(struct problem *problem, const char *reason)
{
    return problem_set(problem, "bad-package", "package", "not an agent package: %s", reason);
}

/* What a gzip file says at its end that it unpacks to (RFC 1952), so that no more is set aside than that. */
static size_t unpacked_bytes(const uint8_t *data, size_t bytes)
{
    const uint8_t *end = data + bytes;
    return bytes < GZIP_LEAST_BYTES
               ? SIZE_MAX
               : (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
}

/* One member and nothing behind it, of just so many bytes. */
static int inflate_all(const void *data, size_t bytes, uint8_t *ret, size_t unpacked)
{
    z_stream stream = {
        .next_in = (Bytef *)data, .avail_in = (uInt)bytes, .next_out = ret, .avail_out = (uInt)unpacked
    };
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        return -1;
    int how = inflate(&stream, Z_FINISH);
    bool whole = how == Z_STREAM_END && !stream.avail_in && !stream.avail_out;
    inflateEnd(&stream);
    return whole ? 0 : -1;
}

/* Octal digits, then NUL or a blank. */
static int octal(const uint8_t *field, size_t digits, uint64_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (field[i] < '0' || field[i] > '7')
            return -1;
        number = number * 8 + (uint64_t)(field[i] - '0');
    }
    if (field[digits] != '\0' && field[digits] != ' ')
        return -1;
    *ret = number;
    return 0;
}

static bool checksum_holds(const uint8_t *header)
{
    uint64_t said, sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : header[i];
    return !octal(header + CHECKSUM, 6, &said) && said == sum;
}

static bool is_zero(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (data[i])
            return false;
    }
    return true;
}

/* A file right in the folder, by a name that needs no thought. */
static int take_name(const uint8_t *field, char ret[PACKAGE_NAME_BYTES])
{
    const char *name = (const char *)field;
    size_t length = strnlen(name, NAME_ROOM), folder = strlen(FOLDER);
    if (length <= folder || length - folder >= PACKAGE_NAME_BYTES || memcmp(name, FOLDER, folder))
        return -1;
    memcpy(ret, name + folder, length - folder);
    ret[length - folder] = '\0';
    return *ret == '.' || ret[strspn(ret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._-")] ? -1
                                                                                                                 : 0;
}

static int take_file(
    struct package *package, const uint8_t *header, size_t room, size_t *ret_bytes, struct problem *problem)
{
    struct package_file *file = &package->files[package->n_files];
    uint64_t bytes;
    if (package->n_files == PACKAGE_FILES_MAX)
        return bad(problem, "too many files");
    if (take_name(header + NAME, file->name))
        return bad(problem, "a file outside of its folder");
    if (package_find(package, file->name))
        return bad(problem, "a file that stands twice");
    if (octal(header + SIZE, 11, &bytes) || bytes > room)
        return bad(problem, "a file that is cut off");
    file->data = header + BLOCK;
    file->bytes = (size_t)bytes;
    package->n_files++;
    *ret_bytes = (file->bytes + BLOCK - 1) / BLOCK * BLOCK;
    return 0;
}

/* One entry; *ret_bytes: of what stands behind its header. */
static int take_entry(
    struct package *package, const uint8_t *header, size_t room, size_t *ret_bytes, struct problem *problem)
{
    if (!checksum_holds(header) || memcmp(header + MAGIC, MAGIC_TEXT, 8))
        return bad(problem, "no ustar archive");
    if (header[LINK] || header[PREFIX])
        return bad(problem, "a link, or a name in two parts");
    *ret_bytes = 0;
    if (header[TYPE] == '5')
        return strcmp((const char *)header + NAME, FOLDER) ? bad(problem, "another folder") : 0;
    if (header[TYPE] != '0')
        return bad(problem, "neither a file nor a folder");
    return take_file(package, header, room, ret_bytes, problem);
}

static int take_archive(struct package *package, size_t bytes, struct problem *problem)
{
    size_t at = 0;
    while (bytes - at >= BLOCK && !is_zero(package->archive + at, BLOCK)) {
        size_t content = 0;
        if (take_entry(package, package->archive + at, bytes - at - BLOCK, &content, problem))
            return -1;
        if (content > bytes - at - BLOCK)
            return bad(problem, "a file that is cut off");
        at += BLOCK + content;
    }
    if (bytes - at < 2 * BLOCK || !is_zero(package->archive + at, bytes - at))
        return bad(problem, "no end, or something behind it");
    return 0;
}

static int take_version(struct package *package, struct problem *problem)
{
    const struct package_file *file = package_find(package, VERSION_FILE);
    char line[VERSION_LINE_BYTES];
    if (!file || file->bytes >= sizeof(line))
        return bad(problem, "it does not say its version");
    memcpy(line, file->data, file->bytes);
    line[file->bytes] = '\0';
    if (strlen(line) != file->bytes || version_line_parse(line, "vedette-agent", package->version, package->platform))
        return bad(problem, "it does not say its version");
    return 0;
}

int package_read(const void *data, size_t bytes, struct package *ret, struct problem *problem)
{
    struct package package = { 0 };
    size_t unpacked = bytes > PACKAGE_BYTES_MAX ? SIZE_MAX : unpacked_bytes(data, bytes);
    if (unpacked > PACKAGE_UNPACKED_MAX)
        return bad(problem, "no gzip file, or too large");
    package.archive = malloc(unpacked + 1);
    if (!package.archive)
        return problem_set(problem, "no-memory", "", "no memory for a package");
    int error = inflate_all(data, bytes, package.archive, unpacked) ? bad(problem, "no gzip file, or damaged")
                                                                    : take_archive(&package, unpacked, problem);
    if (!error)
        error = take_version(&package, problem);
    if (error)
        package_free(&package);
    else
        *ret = package;
    return error;
}

void package_free(struct package *package)
{
    free(package->archive);
    *package = (struct package){ 0 };
}

const struct package_file *package_find(const struct package *package, const char *name)
{
    for (size_t i = 0; i < package->n_files; i++) {
        if (!strcmp(package->files[i].name, name))
            return &package->files[i];
    }
    return NULL;
}
