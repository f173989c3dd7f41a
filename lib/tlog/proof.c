#include "lib/tlog/proof.h"

#include <string.h>

#include "lib/problem.h"

/* A run of entries of the tree, [first, end). */
struct run {
    uint64_t first, end;
};

/* The hash of 2^height entries from a multiple of it, out of the one tile that spans them. */
static int read_node(const struct tlog_source *source, uint64_t first, unsigned height, uint8_t ret[TLOG_HASH_BYTES],
    struct problem *problem)
{
    int level = (int)(height / 8);
    uint64_t hash = first >> 8 * level; /* the leftmost below the node on this level */
    const uint8_t *hashes;
    if (tlog_tile_read(source, level, hash / TLOG_TILE_WIDTH, &hashes, problem))
        return -1;
    tlog_subtree(hashes + hash % TLOG_TILE_WIDTH * TLOG_HASH_BYTES, height % 8, ret);
    return 0;
}

/* MTH of RFC 6962 §2.1 over a run that begins at a multiple of the largest power of two below its length: such a run is
 * a row of complete subtrees, each smaller than the one before, folded from the right. */
static int hash_run(
    const struct tlog_source *source, struct run run, uint8_t ret[TLOG_HASH_BYTES], struct problem *problem)
{
    uint64_t end = run.end;
    bool any = false;
    uint8_t hash[TLOG_HASH_BYTES], node[TLOG_HASH_BYTES];
    while (end > run.first) {
        unsigned height = (unsigned)__builtin_ctzll(end - run.first);
        end -= 1ull << height;
        if (read_node(source, end, height, node, problem))
            return -1;
        if (any)
            tlog_node(node, hash, hash);
        else
            memcpy(hash, node, sizeof(hash));
        any = true;
    }
    memcpy(ret, hash, sizeof(hash));
    return 0;
}

/* Where a run of at least two is split: the largest power of two smaller than its length. */
static uint64_t middle_of(struct run run)
{
    return run.first + (1ull << (63 - __builtin_clzll(run.end - run.first - 1)));
}

/* Walking down from the root, the hashes of what is left aside; the proof wants them from the leaf upwards. */
static int prove(const struct tlog_source *source, const struct run *aside, size_t count, struct tlog_proof *ret,
    struct problem *problem)
{
    struct tlog_proof proof = { .count = count };
    for (size_t i = 0; i < count; i++) {
        if (hash_run(source, aside[count - 1 - i], proof.hashes[i], problem))
            return -1;
    }
    *ret = proof;
    return 0;
}

static int check_size(const struct tlog_source *source, uint64_t size, struct problem *problem)
{
    if (size > source->size || size > TLOG_SIZE_MAX)
        return problem_set(problem, "too-large", "", "the log has %llu entries, not %llu",
            (unsigned long long)source->size, (unsigned long long)size);
    return 0;
}

int tlog_prove_inclusion(
    const struct tlog_source *source, uint64_t index, uint64_t size, struct tlog_proof *ret, struct problem *problem)
{
    struct run run = { 0, size }, aside[TLOG_PROOF_HASHES];
    size_t count = 0;
    if (check_size(source, size, problem))
        return -1;
    if (index >= size)
        return problem_set(problem, "no-entry", "", "a tree of %llu entries has no entry %llu",
            (unsigned long long)size, (unsigned long long)index);
    while (run.end - run.first > 1) {
        uint64_t middle = middle_of(run);
        if (index < middle) {
            aside[count++] = (struct run){ middle, run.end };
            run.end = middle;
        } else {
            aside[count++] = (struct run){ run.first, middle };
            run.first = middle;
        }
    }
    return prove(source, aside, count, ret, problem);
}

int tlog_prove_consistency(
    const struct tlog_source *source, uint64_t old_size, uint64_t size, struct tlog_proof *ret, struct problem *problem)
{
    struct run run = { 0, size }, aside[TLOG_PROOF_HASHES];
    size_t count = 0;
    if (check_size(source, size, problem) || check_size(&(struct tlog_source){ .size = size }, old_size, problem))
        return -1;
    if (old_size == 0 || old_size == size) {
        *ret = (struct tlog_proof){ 0 };
        return 0;
    }
    /* Down to the node of the new tree that ends where the old tree does (SUBPROOF of RFC 6962 §2.1.2). */
    while (run.end != old_size) {
        uint64_t middle = middle_of(run);
        if (old_size <= middle) {
            aside[count++] = (struct run){ middle, run.end };
            run.end = middle;
        } else {
            aside[count++] = (struct run){ run.first, middle };
            run.first = middle;
        }
    }
    /* Unless that node is the whole old tree, which the verifier knows, the proof begins with it. */
    if (run.first)
        aside[count++] = run;
    return prove(source, aside, count, ret, problem);
}

int tlog_root_at(const struct tlog_source *source, uint64_t size, uint8_t ret[TLOG_HASH_BYTES], struct problem *problem)
{
    if (check_size(source, size, problem))
        return -1;
    if (size)
        return hash_run(source, (struct run){ 0, size }, ret, problem);
    crypto_sha256(NULL, 0, ret);
    return 0;
}
