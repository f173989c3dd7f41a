/* The verifying half of proof.h: the algorithms of RFC 9162, whose names for positions are kept. */
#include <string.h>

#include "lib/tlog/proof.h"

static bool same(const uint8_t a[TLOG_HASH_BYTES], const uint8_t b[TLOG_HASH_BYTES])
{
    return !memcmp(a, b, TLOG_HASH_BYTES);
}

bool tlog_inclusion_holds(const struct tlog_proof *proof, uint64_t index, uint64_t size,
    const uint8_t leaf[TLOG_HASH_BYTES], const uint8_t root[TLOG_HASH_BYTES])
{
    if (index >= size || size > TLOG_SIZE_MAX)
        return false;
    uint64_t fn = index, sn = size - 1;
    uint8_t r[TLOG_HASH_BYTES];
    memcpy(r, leaf, sizeof(r));
    /* RFC 9162 §2.1.3.2 */
    for (size_t i = 0; i < proof->count; i++) {
        if (sn == 0)
            return false;
        if (fn & 1 || fn == sn) {
            tlog_node(proof->hashes[i], r, r);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            tlog_node(r, proof->hashes[i], r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(r, root);
}

static enum tlog_growth_verdict judge_part(const struct tlog_proof *proof, uint64_t old_size,
    const uint8_t old_root[TLOG_HASH_BYTES], uint64_t size, const uint8_t root[TLOG_HASH_BYTES])
{
    /* RFC 9162 §2.1.4.2; a complete old tree is itself the first node, so that the proof leaves it out. */
    bool complete = !(old_size & (old_size - 1));
    if (!complete && !proof->count)
        return TLOG_UNPROVEN;
    uint64_t fn = old_size - 1, sn = size - 1;
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    uint8_t fr[TLOG_HASH_BYTES], sr[TLOG_HASH_BYTES];
    memcpy(fr, complete ? old_root : proof->hashes[0], sizeof(fr));
    memcpy(sr, fr, sizeof(sr));
    for (size_t i = complete ? 0 : 1; i < proof->count; i++) {
        const uint8_t *c = proof->hashes[i];
        if (sn == 0)
            return TLOG_UNPROVEN;
        if (fn & 1 || fn == sn) {
            tlog_node(c, fr, fr);
            tlog_node(c, sr, sr);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            tlog_node(sr, c, sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0 || !same(sr, root))
        return TLOG_UNPROVEN;
    return same(fr, old_root) ? TLOG_PROVEN : TLOG_CONTRADICTED;
}

enum tlog_growth_verdict tlog_consistency_judge(const struct tlog_proof *proof, uint64_t old_size,
    const uint8_t old_root[TLOG_HASH_BYTES], uint64_t size, const uint8_t root[TLOG_HASH_BYTES])
{
    if (old_size > size || size > TLOG_SIZE_MAX)
        return TLOG_UNPROVEN;
    uint8_t empty[TLOG_HASH_BYTES];
    crypto_sha256(NULL, 0, empty);
    if ((!old_size && !same(old_root, empty)) || (!size && !same(root, empty)))
        return TLOG_UNPROVEN;
    if (old_size == size && !proof->count)
        return same(old_root, root) ? TLOG_PROVEN : TLOG_CONTRADICTED;
    if (old_size == size || !old_size)
        return proof->count ? TLOG_UNPROVEN : TLOG_PROVEN;
    return judge_part(proof, old_size, old_root, size, root);
}

bool tlog_consistency_holds(const struct tlog_proof *proof, uint64_t old_size, const uint8_t old_root[TLOG_HASH_BYTES],
    uint64_t size, const uint8_t root[TLOG_HASH_BYTES])
{
    return tlog_consistency_judge(proof, old_size, old_root, size, root) == TLOG_PROVEN;
}
