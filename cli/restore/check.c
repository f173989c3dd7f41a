#include "cli/restore/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/repository/fetch.h"
#include "lib/sha256.h"

#define THREADS 2

/* A segment or manifest that a commit names. */
struct named {
    enum object object;
    uint32_t bytes;
    uint8_t sha256[SHA256_BYTES];
    char backup[BACKUP_BYTES]; /* of a manifest */
    bool missing;
};

struct chained {
    bool has_previous;
    uint8_t own[SHA256_BYTES], previous[SHA256_BYTES];
};

struct check {
    const struct target_conf *conf;
    uint32_t agent;
    const char *signer;
    void (*tell)(const char *name, const struct problem *);
    size_t n, room, n_chain;
    struct named *named;
    struct chained *chain;
    pthread_mutex_t lock; /* of all below, and of tell */
    size_t next;
    struct checked checked;
    bool failed;
    struct problem problem;
};

static void find_bad(struct check *check, const char *name, const struct problem *problem)
{
    pthread_mutex_lock(&check->lock);
    check->checked.bad++;
    check->tell(name, problem);
    pthread_mutex_unlock(&check->lock);
}

/* ---- Commits ---- */

static int add(struct check *check, const struct named *named)
{
    if (check->n == check->room) {
        size_t room = check->room ? 2 * check->room : 1024;
        struct named *all = realloc(check->named, room * sizeof(*all));
        if (!all)
            return -1;
        check->named = all;
        check->room = room;
    }
    check->named[check->n++] = *named;
    return 0;
}

static int add_objects(struct check *check, const struct commit *commit)
{
    struct named manifest = { .object = OBJECT_MANIFEST, .bytes = commit->manifest_bytes };
    memcpy(manifest.sha256, commit->manifest, SHA256_BYTES);
    memcpy(manifest.backup, commit->backup, BACKUP_BYTES);
    if (add(check, &manifest))
        return -1;
    for (size_t i = 0; i < commit->n_segments; i++) {
        struct named segment = { .object = OBJECT_SEGMENT, .bytes = commit->segments[i].bytes };
        memcpy(segment.sha256, commit->segments[i].sha256, SHA256_BYTES);
        if (add(check, &segment))
            return -1;
    }
    return 0;
}

/* All commits of one agent bear one signature; the first says which, unless it is known. */
static int is_signed(struct check *check, const char *signer, struct problem *problem)
{
    if (!check->checked.signer[0] && !check->signer)
        strcpy(check->checked.signer, signer);
    const char *wanted = check->signer ? check->signer : check->checked.signer;
    return strcmp(signer, wanted) ? problem_set(problem, "unknown-signer", "", "the commit is signed by %s", signer)
                                  : 0;
}

static int take_commit(
    struct check *check, struct target *target, const char *backup, struct buf *object, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES], signer[FINGERPRINT_HEX_BYTES];
    struct commit commit;
    struct problem why;
    name_of_backup(name, check->agent, OBJECT_COMMIT, backup);
    enum target_result result = object_fetch(target, name, object, problem);
    if (result != TARGET_DONE)
        return result == TARGET_ABSENT ? 0 : -1; /* pruned meanwhile */
    if (commit_open(object->data, object->length, check->agent, backup, &commit, signer, &why)) {
        find_bad(check, name, &why);
        return 0;
    }
    int error = 0;
    if (is_signed(check, signer, &why)) {
        find_bad(check, name, &why);
    } else if (add_objects(check, &commit)) {
        error = problem_set(problem, "no-memory", "", "no memory for a repository");
    } else {
        struct chained *chained = &check->chain[check->n_chain++];
        chained->has_previous = commit.has_previous;
        memcpy(chained->previous, commit.previous, SHA256_BYTES);
        struct sha256 sha256;
        sha256_begin(&sha256);
        sha256_add(&sha256, object->data, object->length);
        sha256_end(&sha256, chained->own);
        check->checked.backups++;
    }
    commit_free(&commit);
    return error;
}

static void follow(struct check *check)
{
    for (size_t i = 0; i < check->n_chain; i++) {
        size_t found = 0;
        while (found < check->n_chain && memcmp(check->chain[found].own, check->chain[i].previous, SHA256_BYTES))
            found++;
        check->checked.unfollowed += check->chain[i].has_previous && found == check->n_chain;
    }
}

static int take_commits(struct check *check, struct problem *problem)
{
    struct target *target = target_open(check->conf, &(struct target_manner){ 0 }, problem);
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    char(*names)[BACKUP_BYTES] = NULL;
    size_t n = 0;
    int error = !target || pick_names(target, check->agent, &names, &n, problem);
    check->chain = calloc(n + 1, sizeof(*check->chain));
    if (!error && !check->chain)
        error = problem_set(problem, "no-memory", "", "no memory for a repository");
    for (size_t i = 0; i < n && !error; i++)
        error = take_commit(check, target, names[i], &object, problem);
    if (!error)
        follow(check);
    free(names);
    buf_free(&object);
    target_close(target);
    return error ? -1 : 0;
}

/* ---- Objects ---- */

static int compare(const void *a, const void *b)
{
    return memcmp(((const struct named *)a)->sha256, ((const struct named *)b)->sha256, SHA256_BYTES);
}

/* What several backups need is there once. */
static void unify(struct check *check)
{
    size_t n = 0;
    if (check->n)
        qsort(check->named, check->n, sizeof(*check->named), compare);
    for (size_t i = 0; i < check->n; i++) {
        const struct named *before = n ? &check->named[n - 1] : NULL;
        if (!before || before->object != check->named[i].object || compare(before, &check->named[i]))
            check->named[n++] = check->named[i];
    }
    check->n = n;
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

static void name_it(const struct check *check, const struct named *named, char ret[OBJECT_NAME_BYTES])
{
    if (named->object == OBJECT_SEGMENT)
        name_segment(ret, check->agent, named->sha256);
    else
        name_of_backup(ret, check->agent, OBJECT_MANIFEST, named->backup);
}

/* -1 + problem: the target cannot be asked. */
static int check_object(struct check *check, struct target *target, struct named *named, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    struct hashing hashing = { 0 };
    struct problem why;
    uint8_t found[SHA256_BYTES];
    name_it(check, named, name);
    sha256_begin(&hashing.sha256);
    enum target_result result = target_get(target, name, 0, UINT64_MAX, hash, &hashing, problem);
    sha256_end(&hashing.sha256, found);
    if (result != TARGET_DONE && result != TARGET_ABSENT)
        return -1;
    if (result == TARGET_ABSENT) {
        named->missing = true;
    } else if (hashing.bytes != named->bytes || memcmp(found, named->sha256, SHA256_BYTES)) {
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

static struct named *take(struct check *check)
{
    pthread_mutex_lock(&check->lock);
    struct named *named = !check->failed && check->next < check->n ? &check->named[check->next++] : NULL;
    pthread_mutex_unlock(&check->lock);
    return named;
}

static void *work(void *arg)
{
    struct check *check = arg;
    struct problem problem;
    struct target *target = target_open(check->conf, &(struct target_manner){ 0 }, &problem);
    int error = target ? 0 : -1;
    for (struct named *named; !error && (named = take(check));)
        error = check_object(check, target, named, &problem);
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
    pthread_t threads[THREADS];
    unsigned n = 0;
    while (n < THREADS && !pthread_create(&threads[n], NULL, work, check))
        n++;
    if (!n)
        return problem_set(problem, "no-memory", "", "no memory for a thread");
    while (n)
        pthread_join(threads[--n], NULL);
    if (check->failed)
        *problem = check->problem;
    return check->failed ? -1 : 0;
}

/* ---- What is missing ---- */

static void say_nothing(const char *name, const struct problem *problem)
{
    (void)name, (void)problem;
}

/* Each commit that still names it is a backup that lacks something. What a pruner took meanwhile, none does. */
static int check_missing(struct check *check, struct problem *problem)
{
    size_t missing = 0;
    for (size_t i = 0; i < check->n; i++)
        missing += check->named[i].missing;
    if (!missing)
        return 0;
    struct check again = { .conf = check->conf, .agent = check->agent, .signer = check->signer, .tell = say_nothing };
    pthread_mutex_init(&again.lock, NULL);
    int error = take_commits(&again, problem);
    if (!error)
        unify(&again);
    for (size_t i = 0; i < check->n && !error; i++) {
        const struct named *named = &check->named[i];
        char name[OBJECT_NAME_BYTES];
        struct problem why;
        if (!named->missing || !again.n || !bsearch(named, again.named, again.n, sizeof(*named), compare))
            continue;
        name_it(check, named, name);
        problem_set(&why, "missing", "", "it is not there");
        find_bad(check, name, &why);
    }
    free(again.named);
    free(again.chain);
    return error;
}

int check_repository(const struct target_conf *conf, uint32_t agent, const char *signer,
    void (*tell)(const char *name, const struct problem *), struct checked *ret, struct problem *problem)
{
    struct check check = {
        .conf = conf, .agent = agent, .signer = signer, .tell = tell, .lock = PTHREAD_MUTEX_INITIALIZER
    };
    int error = take_commits(&check, problem);
    if (!error) {
        unify(&check);
        error = check_objects(&check, problem) || check_missing(&check, problem) ? -1 : 0;
    }
    *ret = check.checked;
    if (signer)
        snprintf(ret->signer, sizeof(ret->signer), "%s", signer);
    free(check.named);
    free(check.chain);
    return error ? -1 : 0;
}
