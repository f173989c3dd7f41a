/*
 * What does the log's mathematics cost an entry? Leaf hash, tree and tiles, and a signed checkpoint each 256 entries,
 * as audit does for a batch; no disk, no socket. CPU time of the thread, not wall time: the machine may do other
 * things.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/edge.h"

#define ENTRY_BYTES 512
#define BATCH 256
#define BATCHES 400  /* a round: 102,400 entries, so that tiles of two levels fill */
#define ENTRIES 4096 /* distinct, 2 MB: as fresh from a queue, not from the innermost cache */
#define ROUNDS 9

enum part { LEAF, TREE, CHECKPOINT, PARTS };

static uint8_t entries[ENTRIES][ENTRY_BYTES];
static double parts_us[PARTS]; /* of all rounds, an entry */

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int take(void *arg, const struct tlog_tile *tile, const uint8_t *hashes)
{
    (void)tile, (void)hashes;
    ++*(unsigned *)arg;
    return 0;
}

static void run_batch(struct tlog_edge *edge, const struct tlog_signer *signer, struct buf *note)
{
    uint8_t leaves[BATCH][TLOG_HASH_BYTES];
    struct tlog_checkpoint checkpoint = { "log.example/bench", 0, { 0 } };
    unsigned tiles = 0;
    double begin = now_us();
    for (unsigned i = 0; i < BATCH; i++)
        tlog_leaf(entries[(edge->tree.size + i) % ENTRIES], ENTRY_BYTES, leaves[i]);
    double hashed = now_us();
    for (unsigned i = 0; i < BATCH; i++)
        tlog_edge_append(edge, leaves[i], take, &tiles);
    tlog_edge_partials(edge, take, &tiles);
    double grown = now_us();
    checkpoint.size = edge->tree.size;
    tlog_root(&edge->tree, checkpoint.root);
    buf_clear(note);
    if (!tiles || tlog_checkpoint_sign(note, &checkpoint, signer))
        abort();
    double end = now_us();
    parts_us[LEAF] += (hashed - begin) / BATCH / BATCHES / ROUNDS;
    parts_us[TREE] += (grown - hashed) / BATCH / BATCHES / ROUNDS;
    parts_us[CHECKPOINT] += (end - grown) / BATCH / BATCHES / ROUNDS;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

int main(void)
{
    static struct tlog_edge edge;
    struct tlog_signer signer;
    struct buf note = { 0 };
    double rounds[ROUNDS];
    crypto_open();
    crypto_random(entries, sizeof(entries));
    if (tlog_signer_make("log.example/bench", TLOG_ED25519, entries[0], &signer, NULL))
        return 1;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now_us();
        for (int batch = 0; batch < BATCHES; batch++)
            run_batch(&edge, &signer, &note);
        rounds[round] = (now_us() - begin) / BATCHES / BATCH;
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    double load[1] = { 0 };
    getloadavg(load, 1);
    printf("log.cpu_us_per_entry\t%.3f\tus\t%.3f\t%.3f\t%d\tlib/tlog alone, %d-byte entries, batch %d: leaf hash %.2f, "
           "tree "
           "and tiles %.2f, signed checkpoint %.2f; CPU time, load %.1f\n",
        rounds[ROUNDS / 2], rounds[0], rounds[ROUNDS - 1], ROUNDS, ENTRY_BYTES, BATCH, parts_us[LEAF], parts_us[TREE],
        parts_us[CHECKPOINT], load[0]);
    buf_free(&note);
    return 0;
}
