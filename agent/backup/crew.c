#include "agent/backup/crew.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/repository/segment.h"
#include "lib/target/conf.h"

struct worker {
    struct crew *crew;
    struct hand hand;
    pthread_t thread;
};

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t given, done;
    struct job *first, **last; /* the queue: as long as its givers have jobs, which is some ten */
    bool ending;
    unsigned n;
    struct worker workers[CREW_HANDS];
};

static struct job *take(struct crew *crew)
{
    while (!crew->first && !crew->ending)
        pthread_cond_wait(&crew->given, &crew->lock);
    struct job *job = crew->first;
    if (job && !(crew->first = job->next))
        crew->last = &crew->first;
    return job;
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct crew *crew = worker->crew;
    struct job *job;
    pthread_mutex_lock(&crew->lock);
    while ((job = take(crew))) {
        pthread_mutex_unlock(&crew->lock);
        job->error = job->work(job, &worker->hand, &job->problem);
        pthread_mutex_lock(&crew->lock);
        job->done = true;
        pthread_cond_broadcast(&crew->done);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

uint8_t *hand_room(struct hand *hand, size_t bytes, struct problem *problem)
{
    if (bytes <= hand->room_bytes)
        return hand->room;
    free(hand->room);
    hand->room = malloc(bytes);
    hand->room_bytes = hand->room ? bytes : 0;
    if (!hand->room)
        problem_set(problem, "no-memory", "", "no memory to compress with");
    return hand->room;
}

static void hand_free(struct hand *hand)
{
    packer_free(hand->packer);
    target_close(hand->target);
    free(hand->spare);
    free(hand->room);
}

static int start(
    struct crew *crew, const struct target_conf *conf, const struct target_manner *manner, struct problem *problem)
{
    struct worker *worker = &crew->workers[crew->n];
    worker->crew = crew;
    worker->hand.target = target_open(conf, manner, problem);
    worker->hand.packer = packer_make();
    bool spares = conf->kind == TARGET_SFTP;
    worker->hand.spare = spares ? malloc(SEGMENT_BYTES_MAX) : NULL;
    int error = worker->hand.target ? 0 : -1;
    if (!error && (!worker->hand.packer || (spares && !worker->hand.spare) ||
                      pthread_create(&worker->thread, NULL, work, worker)))
        error = problem_set(problem, "no-memory", "", "no memory for a thread");
    if (error)
        hand_free(&worker->hand);
    else
        crew->n++;
    return error;
}

struct crew *crew_make(const struct target_conf *conf, const struct target_manner *manner, struct problem *problem)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    if (!crew) {
        problem_set(problem, "no-memory", "", "no memory for threads");
        return NULL;
    }
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->given, NULL);
    pthread_cond_init(&crew->done, NULL);
    crew->last = &crew->first;
    while (crew->n < CREW_HANDS) {
        if (start(crew, conf, manner, problem)) {
            crew_free(crew);
            return NULL;
        }
    }
    return crew;
}

void crew_free(struct crew *crew)
{
    if (!crew)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->ending = true;
    pthread_cond_broadcast(&crew->given);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->n; i++) {
        pthread_join(crew->workers[i].thread, NULL);
        hand_free(&crew->workers[i].hand);
    }
    pthread_cond_destroy(&crew->given);
    pthread_cond_destroy(&crew->done);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

void crew_give(struct crew *crew, struct job *job)
{
    pthread_mutex_lock(&crew->lock);
    job->next = NULL;
    job->given = true;
    job->done = false;
    *crew->last = job;
    crew->last = &job->next;
    pthread_cond_signal(&crew->given);
    pthread_mutex_unlock(&crew->lock);
}

int crew_wait(struct crew *crew, struct job *job, struct problem *problem)
{
    pthread_mutex_lock(&crew->lock);
    while (!job->done)
        pthread_cond_wait(&crew->done, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    job->given = false;
    if (job->error && problem)
        *problem = job->problem;
    return job->error ? -1 : 0;
}
