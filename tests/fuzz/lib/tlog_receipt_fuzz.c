/* Any bytes as a receipt: what is understood is written again, and means the same. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/tlog/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tlog_policy policy;
    struct tlog_receipt receipt, again;
    struct tlog_held held;
    struct buf text = { 0 };
    if (!policy.log.name[0]) {
        struct tlog_signer log;
        crypto_open();
        if (tlog_signer_make("log.example/ops", TLOG_ED25519, (const uint8_t[32]){ 1 }, &log, NULL))
            abort();
        policy.log = log.vkey;
    }
    if (tlog_receipt_parse((const char *)data, size, &receipt, NULL))
        return 0;
    if (tlog_receipt_format(&text, &receipt) || tlog_receipt_parse(text.data, text.length, &again, NULL) ||
        again.index != receipt.index || again.proof.count != receipt.proof.count ||
        memcmp(again.proof.hashes, receipt.proof.hashes, receipt.proof.count * TLOG_HASH_BYTES) ||
        again.checkpoint_bytes != receipt.checkpoint_bytes)
        abort();
    tlog_receipt_verify(text.data, text.length, "entry", 5, &policy, &held, NULL);
    buf_free(&text);
    return 0;
}
