#include "services/audit/tiles/tiler.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/turns.h"

#define ROUND_MS 1000
#define ROUND_BYTES (64u << 20) /* so much does not wait for the second to be over */
#define HELD_UP_PAUSE_MS 1000   /* between two tries while the disk is full */
#define AGAIN_MOST 60           /* tries to begin anew: no flood has held all descriptors for a minute */

struct tiler {
    struct post *post; /* the thread's */
    void (*told)(void *arg);
    void *arg;
    pthread_t thread;

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t changed;
    struct tiler_work work, posted;
    uint64_t taken_bytes; /* written by the loop's thread, which reads it without the lock */
    _Atomic uint64_t posted_bytes;
    bool hurry, ending;
    atomic_bool second_place_fails;
};

static void wait_until(struct tiler *tiler, int64_t mono_ms)
{
    const struct timespec until = { mono_ms / 1000, mono_ms % 1000 * 1000000 };
    pthread_cond_timedwait(&tiler->changed, &tiler->lock, &until);
}

/* Wait for work. false: there is none, and there will be none. */
static bool next_work(struct tiler *tiler, int64_t not_before_ms, struct tiler_work *ret, uint64_t *ret_bytes)
{
    pthread_mutex_lock(&tiler->lock);
    for (;;) {
        uint64_t behind = tiler->taken_bytes - tiler->posted_bytes;
        if (behind && (tiler->hurry || tiler->ending || behind >= ROUND_BYTES || clock_mono_ms() >= not_before_ms))
            break;
        if (tiler->ending) {
            pthread_mutex_unlock(&tiler->lock);
            return false;
        }
        if (behind)
            wait_until(tiler, not_before_ms);
        else
            pthread_cond_wait(&tiler->changed, &tiler->lock);
    }
    *ret = tiler->work;
    *ret_bytes = tiler->taken_bytes;
    tiler->hurry = false;
    pthread_mutex_unlock(&tiler->lock);
    return true;
}

static void note_posted(struct tiler *tiler, const struct tiler_work *work, uint64_t bytes)
{
    pthread_mutex_lock(&tiler->lock);
    tiler->posted = *work;
    tiler->posted_bytes = bytes;
    tiler->second_place_fails = tiler->post->second_place_fails;
    pthread_mutex_unlock(&tiler->lock);
    if (tiler->told)
        tiler->told(tiler->arg);
}

static bool is_ending(struct tiler *tiler)
{
    pthread_mutex_lock(&tiler->lock);
    bool ending = tiler->ending;
    pthread_mutex_unlock(&tiler->lock);
    return ending;
}

static void pause_held_up(struct tiler *tiler)
{
    pthread_mutex_lock(&tiler->lock);
    int64_t until_ms = clock_mono_ms() + HELD_UP_PAUSE_MS;
    while (!tiler->ending && clock_mono_ms() < until_ms)
        wait_until(tiler, until_ms);
    pthread_mutex_unlock(&tiler->lock);
}

/* The entries are safe in the journal. Until there is room, or strangers have let go of our descriptors, the thread
 * tries again, which wants descriptors, too. false: the end came before. */
static bool begin_again(struct tiler *tiler, bool first, const struct problem *why)
{
    struct problem problem;
    if (first)
        log_problem(LOG_LEVEL_ERROR, "tiles.held-up", why);
    for (int tries = 0; tries < AGAIN_MOST; tries++) {
        pause_held_up(tiler);
        if (is_ending(tiler))
            return false;
        if (!post_again(tiler->post, &problem))
            return true;
    }
    log_last("tiles.failed", &problem);
}

/* One round. 0; 1: held up. */
static int post_work(struct tiler *tiler, const struct tiler_work *work, struct problem *problem)
{
    if (!post_take(tiler->post, &work->end, problem) && !post_checkpoints(tiler->post, work->checkpoints, problem))
        return 0;
    if (tile_files_held_up(problem))
        return 1;
    /* Nothing is known about the disk any more; the next start reads what is there. */
    log_last("tiles.failed", problem);
}

static void *work(void *arg)
{
    struct tiler *tiler = arg;
    struct tiler_work now;
    struct problem problem;
    uint64_t bytes;
    int64_t begun_ms = 0;
    bool held_up = false;
    turns_behind();
    while (next_work(tiler, begun_ms + ROUND_MS, &now, &bytes)) {
        begun_ms = clock_mono_ms();
        if (!post_work(tiler, &now, &problem)) {
            note_posted(tiler, &now, bytes);
            post_prepare(tiler->post);
            held_up = false;
            continue;
        }
        if (!begin_again(tiler, !held_up, &problem))
            break;
        held_up = true;
    }
    return NULL;
}

struct tiler *tiler_new(
    struct post *post, const struct tiler_work *posted, void (*told)(void *arg), void *arg, struct problem *problem)
{
    struct tiler *tiler = calloc(1, sizeof(*tiler));
    pthread_condattr_t attributes;
    if (!tiler) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    tiler->post = post;
    tiler->told = told;
    tiler->arg = arg;
    tiler->work = tiler->posted = *posted;
    tiler->second_place_fails = post->second_place_fails;
    pthread_mutex_init(&tiler->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&tiler->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&tiler->thread, NULL, work, tiler)) {
        problem_set(problem, "no-thread", "", "cannot start a thread that makes tiles");
        free(tiler);
        return NULL;
    }
    return tiler;
}

void tiler_free(struct tiler *tiler)
{
    if (!tiler)
        return;
    pthread_mutex_lock(&tiler->lock);
    tiler->ending = true;
    pthread_cond_signal(&tiler->changed);
    pthread_mutex_unlock(&tiler->lock);
    pthread_join(tiler->thread, NULL);
    pthread_cond_destroy(&tiler->changed);
    pthread_mutex_destroy(&tiler->lock);
    free(tiler);
}

void tiler_take(struct tiler *tiler, const struct journal_position *end,
    const struct signed_checkpoint checkpoints[CLASS_COUNT], size_t bytes)
{
    pthread_mutex_lock(&tiler->lock);
    tiler->work.end = *end;
    memcpy(tiler->work.checkpoints, checkpoints, sizeof(tiler->work.checkpoints));
    uint64_t before = tiler->taken_bytes - tiler->posted_bytes;
    tiler->taken_bytes += bytes;
    /* Only when it changes what the thread waits for: not with each commit. */
    if (!before || (before < ROUND_BYTES && before + bytes >= ROUND_BYTES))
        pthread_cond_signal(&tiler->changed);
    pthread_mutex_unlock(&tiler->lock);
}

void tiler_hurry(struct tiler *tiler)
{
    pthread_mutex_lock(&tiler->lock);
    tiler->hurry = true;
    pthread_cond_signal(&tiler->changed);
    pthread_mutex_unlock(&tiler->lock);
}

uint64_t tiler_behind(struct tiler *tiler)
{
    return tiler->taken_bytes - tiler->posted_bytes;
}

void tiler_posted(struct tiler *tiler, enum class class, struct signed_checkpoint *ret)
{
    pthread_mutex_lock(&tiler->lock);
    *ret = tiler->posted.checkpoints[class];
    pthread_mutex_unlock(&tiler->lock);
}

uint32_t tiler_segment(struct tiler *tiler)
{
    pthread_mutex_lock(&tiler->lock);
    uint32_t segment = tiler->posted.end.segment;
    pthread_mutex_unlock(&tiler->lock);
    return segment;
}

bool tiler_second_place_fails(struct tiler *tiler)
{
    return tiler->second_place_fails;
}
