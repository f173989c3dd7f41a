#include "lib/tlog/receipt.h"

#include <inttypes.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/line.h"

#define FORMAT "c2sp.org/tlog-proof@v1"

int tlog_receipt_format(struct buf *buf, const struct tlog_receipt *receipt)
{
    buf_format(buf, FORMAT "\nindex %" PRIu64 "\n", receipt->index);
    for (size_t i = 0; i < receipt->proof.count; i++) {
        char hash[BASE64_BYTES(TLOG_HASH_BYTES)];
        crypto_base64(receipt->proof.hashes[i], TLOG_HASH_BYTES, hash);
        buf_format(buf, "%s\n", hash);
    }
    buf_text(buf, "\n");
    return buf_append(buf, receipt->checkpoint, receipt->checkpoint_bytes);
}

static int bad(struct problem *problem, const char *reason)
{
    return problem_set(problem, "bad-receipt", "", "%s", reason);
}

/* What came along unauthenticated is passed over, if it is at least what it should be. */
static int skip_extra(struct tlog_line line)
{
    uint8_t extra[TLOG_EXTRA_BYTES];
    size_t bytes;
    return crypto_unbase64(line.text, line.bytes, extra, sizeof(extra), &bytes);
}

int tlog_receipt_parse(const char *data, size_t bytes, struct tlog_receipt *ret, struct problem *problem)
{
    const char *at = data, *end = data + bytes;
    struct tlog_receipt receipt = { 0 };
    struct tlog_line line;
    if (bytes > TLOG_RECEIPT_BYTES)
        return problem_set(problem, "bad-receipt", "", "a receipt has at most %d bytes", TLOG_RECEIPT_BYTES);
    if (!tlog_line_next(&at, end, &line) || !tlog_line_after(&line, FORMAT) || line.bytes)
        return bad(problem, "a receipt begins with the line " FORMAT);
    bool more = tlog_line_next(&at, end, &line);
    if (more && tlog_line_after(&line, "extra ")) {
        if (skip_extra(line))
            return bad(problem, "the extra line of the receipt is not base64, or too long");
        more = tlog_line_next(&at, end, &line);
    }
    if (!more || !tlog_line_after(&line, "index ") || tlog_line_number(line, &receipt.index))
        return bad(problem, "the receipt does not say the entry's index");
    while ((more = tlog_line_next(&at, end, &line)) && line.bytes) {
        if (receipt.proof.count == TLOG_PROOF_HASHES ||
            tlog_line_hash(line, receipt.proof.hashes[receipt.proof.count++]))
            return bad(problem, "a line of the receipt's inclusion proof is no hash, or there are too many");
    }
    if (!more || at == end)
        return bad(problem, "the receipt is cut off before its checkpoint");
    receipt.checkpoint = at;
    receipt.checkpoint_bytes = (size_t)(end - at);
    *ret = receipt;
    return 0;
}

int tlog_receipt_verify(const char *data, size_t bytes, const void *entry, size_t entry_bytes,
    const struct tlog_policy *policy, struct tlog_held *ret, struct problem *problem)
{
    struct tlog_receipt receipt;
    struct tlog_held held;
    uint8_t leaf[TLOG_HASH_BYTES];
    if (tlog_receipt_parse(data, bytes, &receipt, problem) ||
        tlog_policy_open(
            receipt.checkpoint, receipt.checkpoint_bytes, policy, &held.checkpoint, &held.cosigned, problem))
        return -1;
    held.index = receipt.index;
    tlog_leaf(entry, entry_bytes, leaf);
    if (!tlog_inclusion_holds(&receipt.proof, held.index, held.checkpoint.size, leaf, held.checkpoint.root))
        return problem_set(problem, "not-included", "",
            "the receipt does not show that this is entry %" PRIu64 " of %s at size %" PRIu64, held.index,
            held.checkpoint.origin, held.checkpoint.size);
    *ret = held;
    return 0;
}
