/* Any bytes as an agent package; packed first, since hardly any bytes are a gzip file by themselves. */
#include "tests/fuzz/fuzz.h"

#include <zlib.h>

#include "lib/package.h"

#define ARCHIVE_BYTES 65536

static size_t pack(const uint8_t *data, size_t size, uint8_t *ret, size_t room)
{
    z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)size, .next_out = ret, .avail_out = (uInt)room };
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    int end = deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    return end == Z_STREAM_END ? room - stream.avail_out : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packed[2 * ARCHIVE_BYTES];
    struct package package;
    size_t bytes = size > ARCHIVE_BYTES ? 0 : pack(data, size, packed, sizeof(packed));
    if (!package_read(packed, bytes, &package, NULL)) {
        uint64_t version;
        for (size_t i = 0; i < package.n_files; i++) {
            if (strchr(package.files[i].name, '/') || *package.files[i].name == '.' ||
                package.files[i].data + package.files[i].bytes > package.archive + size)
                abort();
        }
        if (version_parse(package.version, &version))
            abort();
        package_free(&package);
    }
    if (!package_read(data, size, &package, NULL))
        package_free(&package);
    return 0;
}
