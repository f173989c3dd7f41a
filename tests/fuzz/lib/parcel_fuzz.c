/* Any bytes as a parcel and as a mail. */
#include "tests/fuzz/fuzz.h"

#include "lib/parcel.h"
#include "lib/post.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[SECRET_BYTES];
    struct parcel parcel;
    struct post post;
    char *unwrapped;
    size_t bytes;
    for (enum parcel_way way = PARCEL_FROM_AGENT; way <= PARCEL_TO_AGENT; way++) {
        if (!parcel_read((const char *)data, size, way, &parcel, NULL) &&
            (parcel.json + parcel.json_bytes != (const char *)data + size || parcel_authentic(&parcel, key)))
            abort();
    }
    if (!post_unwrap((const char *)data, size, &unwrapped, &bytes)) {
        if (bytes > size)
            abort();
        free(unwrapped);
    }
    post_parse((const char *)data, size, &post, NULL);
    return 0;
}
