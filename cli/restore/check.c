#include "cli/restore/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/sha256.h"

#define THREADS 2
#define COME_MS 5000 /* between two words on how far it is */

struct check {
    const struct check_job *job;
    struct needed needed;
    size_t n;             /* to be read */
    uint32_t *to_read;    /* indices of needed, by hash */
    bool *missing;        /* by the same */
    pthread_mutex_t lock; /* of all below, and of callbacks */
    size_t next;          /* of to_read, that nobody has begun */
    size_t at[THREADS];   /* what each thread reads; SIZE_MAX: nothing */
    int64_t came_ms;
    struct checked checked;
    bool failed;
    struct problem problem;
};

static void find_bad(void *arg, const char *name, const struct problem *problem)
{
    struct check *check = arg;
    pthread_mutex_lock(&check->lock);
    check->checked.bad++;
    check->job->tell(check->job->arg, name, problem);
    pthread_mutex_unlock(&check->lock);
}

/* What is to be read */

static bool trusts(void *arg, const char *signer)
{
    struct check *check = arg;
    return check->job->trusts(check->job->arg, signer);
}

static int read_commits(struct check *check, void (*tell)(void *, const char *, const struct problem *),
    struct needed *ret, struct problem *problem)
{
    const struct needed_reader reader = {
        .agent = check->job->agent,
        .latest_ms = clock_wall_ms() + PICK_AHEAD_MS,
        .trusts = check->job->trusts ? trusts : NULL,
        .tell = tell,
        .arg = check,
    };
    struct target *target = target_open(check->job->conf, &(struct target_manner){ 0 }, problem);
    int error = !target || needed_read(target, &reader, ret, problem);
    target_close(target);
    return error ? -1 : 0;
}

static int choose(struct check *check, struct problem *problem)
{
    const struct check_job *job = check->job;
    size_t from = needed_from(&check->needed, job->from);
    check->to_read = malloc((check->needed.n + 1) * sizeof(*check->to_read));
    check->missing = calloc(check->needed.n + 1, sizeof(*check->missing));
    if (!check->to_read || !check->missing)
        return problem_set(problem, "no-memory", "", "no memory for a repository");
    for (size_t i = 0; i < check->needed.n; i++) {
        char name[OBJECT_NAME_BYTES];
        needed_name(&check->needed.all[i], job->agent, name);
        if (i >= from || (job->again && job->again(job->arg, name)))
            check->to_read[check->n++] = (uint32_t)i;
    }
    return 0;
}

/* Up to where all has been read: the least that is still under way. */
static void look_how_far(struct check *check)
{
    size_t least = check->next;
    for (unsigned i = 0; i < THREADS; i++)
        least = check->at[i] < least ? check->at[i] : least;
    check->checked.to_the_end = least == check->n;
    memcpy(check->checked.next, check->job->from, SHA256_BYTES);
    if (least < check->n) {
        const uint8_t *hash = check->needed.all[check->to_read[least]].sha256;
        if (memcmp(hash, check->job->from, SHA256_BYTES) > 0)
            memcpy(check->checked.next, hash, SHA256_BYTES);
    }
}

struct hashing {
    struct sha256 sha256;
    uint64_t bytes;
};

static int hash(void *arg, const void *data, size_t bytes)
{
    struct hashing *hashing = arg;
    sha256_add(&hashing->sha256, data, bytes);
    hashing->bytes += bytes;
    return 0;
}

/* A disk that cannot read one object may still read others; where nothing can be had it is the target. */
static bool answers(const struct check *check, struct target *target)
{
    struct picked picked;
    struct problem why;
    if (pick_commit(target, check->job->agent, check->needed.newest, NULL, &picked, &why))
        return false;
    commit_free(&picked.commit);
    return true;
}

/* -1 + problem: the target cannot be asked. */
static int check_object(struct check *check, struct target *target, uint32_t number, struct problem *problem)
{
    const struct needed_object *object = &check->needed.all[number];
    char name[OBJECT_NAME_BYTES];
    struct hashing hashing = { 0 };
    struct problem why;
    uint8_t found[SHA256_BYTES];
    needed_name(object, check->job->agent, name);
    sha256_begin(&hashing.sha256);
    enum target_result result = target_get(target, name, 0, UINT64_MAX, hash, &hashing, problem);
    sha256_end(&hashing.sha256, found);
    if (result == TARGET_ABSENT) {
        check->missing[number] = true;
    } else if (result != TARGET_DONE) {
        if (!needed_is_lost(result, problem) || !answers(check, target))
            return -1;
        find_bad(check, name, problem);
    } else if (hashing.bytes != object->bytes || memcmp(found, object->sha256, SHA256_BYTES)) {
        problem_set(&why, "altered", "", "it is not as it was written");
        find_bad(check, name, &why);
    } else {
        pthread_mutex_lock(&check->lock);
        check->checked.objects++;
        check->checked.bytes += hashing.bytes;
        pthread_mutex_unlock(&check->lock);
    }
    return 0;
}

/* The next for this thread, whose last one is done; false: there is none, or no time. */
static bool take(struct check *check, unsigned thread, uint32_t *ret)
{
    const struct check_job *job = check->job;
    int64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&check->lock);
    bool any = !check->failed && check->next < check->n && (!job->until_ms || now_ms < job->until_ms);
    check->at[thread] = any ? check->next++ : SIZE_MAX;
    if (any)
        *ret = check->to_read[check->at[thread]];
    if (job->come && now_ms - check->came_ms >= COME_MS) {
        check->came_ms = now_ms;
        look_how_far(check);
        job->come(job->arg, &check->checked);
    }
    pthread_mutex_unlock(&check->lock);
    return any;
}

struct worker {
    struct check *check;
    unsigned number;
    pthread_t thread;
};

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct check *check = worker->check;
    struct problem problem;
    struct target *target = target_open(check->job->conf, &(struct target_manner){ 0 }, &problem);
    int error = target ? 0 : -1;
    for (uint32_t number; !error && take(check, worker->number, &number);)
        error = check_object(check, target, number, &problem);
    if (error) {
        pthread_mutex_lock(&check->lock);
        check->failed = true;
        check->problem = problem;
        pthread_mutex_unlock(&check->lock);
    }
    target_close(target);
    return NULL;
}

static int check_objects(struct check *check, struct problem *problem)
{
    struct worker workers[THREADS];
    unsigned n = 0;
    check->came_ms = clock_mono_ms();
    for (unsigned i = 0; i < THREADS; i++) {
        check->at[i] = SIZE_MAX;
        workers[i] = (struct worker){ check, i, 0 };
    }
    while (n < THREADS && !pthread_create(&workers[n].thread, NULL, work, &workers[n]))
        n++;
    if (!n)
        return problem_set(problem, "no-memory", "", "no memory for a thread");
    while (n)
        pthread_join(workers[--n].thread, NULL);
    if (check->failed)
        *problem = check->problem;
    look_how_far(check);
    return check->failed ? -1 : 0;
}

static void say_nothing(void *arg, const char *name, const struct problem *problem)
{
    (void)arg, (void)name, (void)problem;
}

/* Each commit that still names it is a backup that lacks something. What a pruner took meanwhile, none does. */
static int check_missing(struct check *check, struct problem *problem)
{
    size_t missing = 0;
    struct needed again;
    for (size_t i = 0; i < check->needed.n; i++)
        missing += check->missing[i];
    if (!missing)
        return 0;
    if (read_commits(check, say_nothing, &again, problem))
        return -1;
    for (size_t i = 0; i < check->needed.n; i++) {
        char name[OBJECT_NAME_BYTES];
        struct problem why;
        if (!check->missing[i] || !needed_find(&again, check->needed.all[i].sha256))
            continue;
        needed_name(&check->needed.all[i], check->job->agent, name);
        problem_set(&why, "missing", "", "it is not there");
        find_bad(check, name, &why);
    }
    needed_free(&again);
    return 0;
}

int check_repository(const struct check_job *job, struct checked *ret, struct problem *problem)
{
    struct check check = { .job = job, .lock = PTHREAD_MUTEX_INITIALIZER };
    int error = read_commits(&check, find_bad, &check.needed, problem);
    const struct needed *needed = &check.needed;
    if (!error) {
        check.checked.backups = needed->backups;
        check.checked.unfollowed = needed->unfollowed;
        check.checked.newest_ms = needed->newest_ms;
        memcpy(check.checked.newest, needed->newest, sizeof(needed->newest));
        memcpy(check.checked.signer, needed->signer, sizeof(needed->signer));
        error = choose(&check, problem) || check_objects(&check, problem) || check_missing(&check, problem);
    }
    *ret = check.checked;
    needed_free(&check.needed);
    free(check.to_read);
    free(check.missing);
    return error ? -1 : 0;
}
