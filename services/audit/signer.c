#include "services/audit/signer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/turns.h"

struct signer {
    struct tlog_tree trees[CLASS_COUNT];
    struct tlog_signer keys[CLASS_COUNT];
    struct signed_checkpoint checkpoints[CLASS_COUNT];
    struct buf text;
    pthread_t thread;
    sem_t begun, done; /* each posted once a frame */
    struct frame frame;
    bool ending, started;
    int error;
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

static int take_frame(struct signer *signer)
{
    struct wire_reader entries = frame_entries(&signer->frame);
    struct frame_entry entry;
    int error = 0;
    while (!frame_next_entry(&entries, &entry)) {
        uint8_t leaf[TLOG_HASH_BYTES];
        tlog_leaf(entry.text, entry.bytes, leaf);
        tlog_append(&signer->trees[entry.class], leaf);
    }
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (signer->trees[class].size > signer->checkpoints[class].size)
            error |= sign(signer, class);
    }
    return error;
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) && errno == EINTR)
        ;
}

static void *work(void *arg)
{
    struct signer *signer = arg;
    turns_soon();
    for (;;) {
        wait_for(&signer->begun);
        if (signer->ending)
            return NULL;
        signer->error = take_frame(signer);
        sem_post(&signer->done);
    }
}

struct signer *signer_new(
    const struct tlog_tree trees[CLASS_COUNT], const struct tlog_signer keys[CLASS_COUNT], struct problem *problem)
{
    struct signer *signer = calloc(1, sizeof(*signer));
    if (!signer) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    memcpy(signer->trees, trees, sizeof(signer->trees));
    memcpy(signer->keys, keys, sizeof(signer->keys));
    sem_init(&signer->begun, 0, 0);
    sem_init(&signer->done, 0, 0);
    int error = 0;
    for (int class = 0; class < CLASS_COUNT; class ++)
        error |= sign(signer, class);
    if (error)
        problem_set(problem, "no-memory", "", "no memory for a checkpoint");
    else if (pthread_create(&signer->thread, NULL, work, signer))
        error = problem_set(problem, "no-thread", "", "cannot start a thread that signs");
    signer->started = !error;
    if (error) {
        signer_free(signer);
        return NULL;
    }
    return signer;
}

void signer_free(struct signer *signer)
{
    if (!signer)
        return;
    if (signer->started) {
        signer->ending = true;
        sem_post(&signer->begun);
        pthread_join(signer->thread, NULL);
    }
    sem_destroy(&signer->begun);
    sem_destroy(&signer->done);
    buf_free(&signer->text);
    crypto_forget(signer->keys, sizeof(signer->keys));
    free(signer);
}

void signer_begin(struct signer *signer, const struct frame *frame)
{
    signer->frame = *frame;
    sem_post(&signer->begun);
}

int signer_end(struct signer *signer)
{
    wait_for(&signer->done);
    return signer->error;
}

const struct signed_checkpoint *signer_checkpoints(const struct signer *signer)
{
    return signer->checkpoints;
}
