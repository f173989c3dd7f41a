#include "lib/tlog/growth.h"

#include <inttypes.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/line.h"

int tlog_growth_format(struct buf *buf, const struct tlog_growth *growth)
{
    buf_format(buf, "old %" PRIu64 "\nsize %" PRIu64 "\n", growth->old_size, growth->size);
    for (size_t i = 0; i < growth->proof.count; i++) {
        char hash[BASE64_BYTES(TLOG_HASH_BYTES)];
        crypto_base64(growth->proof.hashes[i], TLOG_HASH_BYTES, hash);
        buf_format(buf, "%s\n", hash);
    }
    return buf->failed ? -1 : 0;
}

static int bad(struct problem *problem, const char *reason)
{
    return problem_set(problem, "bad-proof", "", "%s", reason);
}

int tlog_growth_parse(const char *data, size_t bytes, struct tlog_growth *ret, struct problem *problem)
{
    const char *at = data, *end = data + bytes;
    struct tlog_growth growth = { 0 };
    struct tlog_line line;
    if (!tlog_line_next(&at, end, &line) || !tlog_line_after(&line, "old ") || tlog_line_number(line, &growth.old_size))
        return bad(problem, "a consistency proof begins with the old size");
    if (!tlog_line_next(&at, end, &line) || !tlog_line_after(&line, "size ") || tlog_line_number(line, &growth.size) ||
        growth.size < growth.old_size)
        return bad(problem, "the second line of a consistency proof is the size, no less than the old one");
    while (tlog_line_next(&at, end, &line)) {
        if (growth.proof.count == TLOG_PROOF_HASHES ||
            tlog_line_hash(line, growth.proof.hashes[growth.proof.count++]))
            return bad(problem, "a line of the consistency proof is no hash, or there are too many");
    }
    if (at != end)
        return bad(problem, "the consistency proof is cut off within a line");
    *ret = growth;
    return 0;
}

enum tlog_growth_verdict tlog_growth_judge(
    const struct tlog_checkpoint *one, const struct tlog_checkpoint *other, const struct tlog_growth *growth)
{
    static const struct tlog_proof none;
    const struct tlog_checkpoint *old = one->size <= other->size ? one : other, *new = old == one ? other : one;
    if (old->size == new->size)
        return tlog_consistency_judge(&none, old->size, old->root, new->size, new->root);
    if (!growth || growth->old_size != old->size || growth->size != new->size)
        return TLOG_UNPROVEN;
    return tlog_consistency_judge(&growth->proof, old->size, old->root, new->size, new->root);
}
