/*
 * The Merkle tree of a transparency log (RFC 6962 §2.1, RFC 9162 §2.1): hashes, and a tree that grows. Pure: no I/O, no
 * memory of its own. The other tlog_*.h build on it, by the formats of C2SP (c2sp.org/tlog-tiles and its neighbours).
 */
#ifndef VEDETTE_TLOG_H
#define VEDETTE_TLOG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

#define TLOG_HASH_BYTES SHA256_BYTES
#define TLOG_SIZE_MAX ((uint64_t)INT64_MAX) /* entries; what Go's tools and C2SP's time stamps count with, too */

/* SHA-256(0x00 ‖ entry), SHA-256(0x01 ‖ left ‖ right). */
void tlog_leaf(const void *entry, size_t bytes, uint8_t ret[TLOG_HASH_BYTES]);
void tlog_node(const uint8_t left[TLOG_HASH_BYTES], const uint8_t right[TLOG_HASH_BYTES], uint8_t ret[TLOG_HASH_BYTES]);

/* A tree of so many entries as the hashes of the complete subtrees it consists of, largest first: one for each bit set
 * in size. All zero is the empty tree. */
struct tlog_tree {
    uint64_t size;
    uint8_t hashes[64][TLOG_HASH_BYTES];
};

/* One entry more, given its leaf hash; size must be below TLOG_SIZE_MAX. */
void tlog_append(struct tlog_tree *, const uint8_t leaf[TLOG_HASH_BYTES]);
/* The hash of the subtree of 2^height entries that the last append completed, so size is a multiple of 2^height. */
const uint8_t *tlog_completed(const struct tlog_tree *, unsigned height);
/* SHA-256("") for the empty tree. */
void tlog_root(const struct tlog_tree *, uint8_t ret[TLOG_HASH_BYTES]);

#endif
