#include "services/audit/signer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

struct signer {
    struct tlog_tree trees[CLASS_COUNT];
    struct tlog_signer keys[CLASS_COUNT];
    struct signed_checkpoint checkpoints[CLASS_COUNT];
    struct buf text;
};

static int sign(struct signer *signer, int class)
{
    struct signed_checkpoint *signed_one = &signer->checkpoints[class];
    struct tlog_checkpoint checkpoint = { .size = signer->trees[class].size };
    tlog_root(&signer->trees[class], checkpoint.root);
    memcpy(checkpoint.origin, signer->keys[class].vkey.name, sizeof(checkpoint.origin));
    buf_clear(&signer->text);
    if (tlog_checkpoint_sign(&signer->text, &checkpoint, &signer->keys[class]) ||
        signer->text.length > sizeof(signed_one->text))
        return -1;
    signed_one->size = checkpoint.size;
    signed_one->bytes = signer->text.length;
    memcpy(signed_one->root, checkpoint.root, sizeof(signed_one->root));
    memcpy(signed_one->text, signer->text.data, signer->text.length);
    return 0;
}

struct signer *signer_new(
    const struct tlog_tree trees[CLASS_COUNT], const struct tlog_signer keys[CLASS_COUNT], struct problem *problem)
{
    struct signer *signer = calloc(1, sizeof(*signer));
    int error = !signer;
    for (int class = 0; class < CLASS_COUNT && !error; class ++) {
        signer->trees[class] = trees[class];
        signer->keys[class] = keys[class];
        error = sign(signer, class);
    }
    if (error) {
        problem_set(problem, "no-memory", "", "no memory for a checkpoint");
        signer_free(signer);
        return NULL;
    }
    return signer;
}

void signer_free(struct signer *signer)
{
    if (!signer)
        return;
    buf_free(&signer->text);
    crypto_forget(signer->keys, sizeof(signer->keys));
    free(signer);
}

int signer_take(struct signer *signer, const struct frame *frame, struct problem *problem)
{
    int error = 0;
    for (uint32_t i = 0; i < frame->n_entries; i++) {
        const uint8_t *leaf = frame->leaves + (size_t)i * FRAME_LEAF_BYTES;
        tlog_append(&signer->trees[frame_leaf_class(leaf)], frame_leaf_hash(leaf));
    }
    for (int class = 0; class < CLASS_COUNT && !error; class ++) {
        if (signer->trees[class].size > signer->checkpoints[class].size)
            error = sign(signer, class);
    }
    return error ? problem_set(problem, "no-memory", "", "no memory to sign a checkpoint") : 0;
}

const struct signed_checkpoint *signer_checkpoints(const struct signer *signer)
{
    return signer->checkpoints;
}
