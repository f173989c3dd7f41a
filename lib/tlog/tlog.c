#include "lib/tlog/tlog.h"

#include <assert.h>
#include <string.h>

#include "lib/sha256.h"

void tlog_leaf(const void *entry, size_t bytes, uint8_t ret[TLOG_HASH_BYTES])
{
    sha256_prefixed(0x00, entry, bytes, ret);
}

void tlog_node(const uint8_t left[TLOG_HASH_BYTES], const uint8_t right[TLOG_HASH_BYTES], uint8_t ret[TLOG_HASH_BYTES])
{
    uint8_t both[2 * TLOG_HASH_BYTES];
    memcpy(both, left, TLOG_HASH_BYTES);
    memcpy(both + TLOG_HASH_BYTES, right, TLOG_HASH_BYTES);
    sha256_prefixed(0x01, both, sizeof(both), ret);
}

void tlog_append(struct tlog_tree *tree, const uint8_t leaf[TLOG_HASH_BYTES])
{
    assert(tree->size < TLOG_SIZE_MAX);
    int top = __builtin_popcountll(tree->size);
    memcpy(tree->hashes[top], leaf, TLOG_HASH_BYTES);
    /* As in adding one to a binary number: two subtrees of one size become one, which may meet its equal again. */
    for (uint64_t carry = tree->size; carry & 1; carry >>= 1, top--)
        tlog_node(tree->hashes[top - 1], tree->hashes[top], tree->hashes[top - 1]);
    tree->size++;
}

const uint8_t *tlog_completed(const struct tlog_tree *tree, unsigned height)
{
    assert(tree->size && height < 64 && !(tree->size & ((1ull << height) - 1)));
    /* The leaf went to this place; each step up was written one place before, and what was merged was left there. */
    return tree->hashes[__builtin_popcountll(tree->size - 1) - (int)height];
}

void tlog_root(const struct tlog_tree *tree, uint8_t ret[TLOG_HASH_BYTES])
{
    int top = __builtin_popcountll(tree->size);
    if (!top) {
        crypto_sha256(NULL, 0, ret);
        return;
    }
    memcpy(ret, tree->hashes[--top], TLOG_HASH_BYTES);
    while (top)
        tlog_node(tree->hashes[--top], ret, ret);
}
