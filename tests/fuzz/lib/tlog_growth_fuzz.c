/* Any bytes as a consistency proof: what is understood is written again, and means the same. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/tlog/growth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlog_growth growth, again;
    struct buf text = { 0 };
    crypto_open();
    if (tlog_growth_parse((const char *)data, size, &growth, NULL))
        return 0;
    if (tlog_growth_format(&text, &growth) || tlog_growth_parse(text.data, text.length, &again, NULL) ||
        again.size != growth.size || again.old_size != growth.old_size || again.proof.count != growth.proof.count ||
        memcmp(again.proof.hashes, growth.proof.hashes, growth.proof.count * TLOG_HASH_BYTES))
        abort();
    struct tlog_checkpoint old = { .size = growth.old_size }, new = { .size = growth.size };
    tlog_growth_judge(&old, &new, &growth);
    buf_free(&text);
    return 0;
}
