/* Inclusion and consistency proofs: made from a log's tiles, verified from nothing but hashes (RFC 9162 §2.1.3,
 * §2.1.4). */
#ifndef VEDETTE_TLOG_PROOF_H
#define VEDETTE_TLOG_PROOF_H

#include "lib/tlog/tile.h"

struct problem;

#define TLOG_PROOF_HASHES 64 /* one a level of a tree of TLOG_SIZE_MAX entries, and one more in a consistency proof */

struct tlog_proof {
    size_t count;
    uint8_t hashes[TLOG_PROOF_HASHES][TLOG_HASH_BYTES]; /* from the leaf upwards */
};

/* From tiles. Sizes are at most the source's. Nothing is verified here: a source that is not trusted is found out when
 * the proof does not hold. */
int tlog_prove_inclusion(
    const struct tlog_source *, uint64_t index, uint64_t size, struct tlog_proof *ret, struct problem *);
int tlog_prove_consistency(
    const struct tlog_source *, uint64_t old_size, uint64_t size, struct tlog_proof *ret, struct problem *);
/* The root that the log had at a size, from its tiles of today. */
int tlog_root_at(const struct tlog_source *, uint64_t size, uint8_t ret[TLOG_HASH_BYTES], struct problem *);

/* Does the proof show that the leaf is entry index of the tree with that size and root? */
bool tlog_inclusion_holds(const struct tlog_proof *, uint64_t index, uint64_t size, const uint8_t leaf[TLOG_HASH_BYTES],
    const uint8_t root[TLOG_HASH_BYTES]);
/* Does the proof show that the tree of size begins with the whole tree of old_size? With equal sizes, or from size 0,
 * only an empty proof does, and the roots must be what they have to be. */
bool tlog_consistency_holds(const struct tlog_proof *, uint64_t old_size, const uint8_t old_root[TLOG_HASH_BYTES],
    uint64_t size, const uint8_t root[TLOG_HASH_BYTES]);

/* Why it does not hold. CONTRADICTED: the new root itself shows that the tree begins with another one of old_size: both
 * cannot be true, whoever signed them. UNPROVEN: the proof shows nothing; that is what one that is cut off or altered
 * does, and any proof from an old tree of 2^n entries that does not hold, for that leaves out the hash to compare. */
enum tlog_growth_verdict { TLOG_PROVEN, TLOG_CONTRADICTED, TLOG_UNPROVEN };
enum tlog_growth_verdict tlog_consistency_judge(const struct tlog_proof *, uint64_t old_size,
    const uint8_t old_root[TLOG_HASH_BYTES], uint64_t size, const uint8_t root[TLOG_HASH_BYTES]);

#endif
