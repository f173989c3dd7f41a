#include "cli/browse/shelf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/restore/unlock.h"
#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/target/target.h"

static int newest_first(const void *a, const void *b)
{
    const struct commit *one = &((const struct shelved *)a)->commit, *other = &((const struct shelved *)b)->commit;
    if (one->ended_ms != other->ended_ms)
        return one->ended_ms > other->ended_ms ? -1 : 1;
    return strcmp(one->backup, other->backup);
}

static void pass_over(struct shelf *shelf, const char *backup, const struct problem *why)
{
    if (!shelf->n_passed_over++)
        snprintf(shelf->passed_over, sizeof(shelf->passed_over), "%s: %.150s", backup, why->reason);
}

/* -1 + problem: whose backups are meant cannot be told. */
static int shelve(
    struct shelf *shelf, struct commit *commit, const char *by, const char *signer, struct problem *problem)
{
    struct problem why;
    if (signer && strcmp(by, signer)) {
        problem_set(&why, "unknown-signer", "", "it is signed by %s", by);
        pass_over(shelf, commit->backup, &why);
        commit_free(commit);
        return 0;
    }
    if (shelf->signer[0] && strcmp(by, shelf->signer)) {
        commit_free(commit);
        return problem_set(
            problem, "unknown-signer", "--signer", "commits are signed by several keys; --signer says whose count");
    }
    strcpy(shelf->signer, by);
    struct shelved *one = &shelf->all[shelf->n++];
    *one = (struct shelved){ .commit = *commit };
    free(one->commit.segments);
    one->commit.segments = NULL;
    one->commit.n_segments = 0;
    return 0;
}

static int take_commit(struct shelf *shelf, struct target *target, const char *backup, const char *signer,
    struct buf *object, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES], by[FINGERPRINT_HEX_BYTES];
    struct commit commit;
    struct problem why;
    uint8_t hash[SHA256_BYTES];
    name_of_backup(name, shelf->agent, OBJECT_COMMIT, backup);
    enum target_result result = object_fetch(target, name, object, problem);
    if (result != TARGET_DONE)
        return result == TARGET_ABSENT ? 0 : -1; /* pruned meanwhile */
    if (commit_open(object->data, object->length, shelf->agent, backup, &commit, by, &why)) {
        if (problem_is(&why, "no-memory")) {
            *problem = why;
            return -1;
        }
        pass_over(shelf, backup, &why);
        return 0;
    }
    size_t before = shelf->n;
    if (shelve(shelf, &commit, by, signer, problem))
        return -1;
    crypto_sha256(object->data, object->length, hash);
    if (shelf->n > before)
        crypto_hex(hash, sizeof(hash), shelf->all[before].commit_sha256);
    return 0;
}

static int read_commits(struct shelf *shelf, struct target *target, const char *signer, struct problem *problem)
{
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    char(*names)[BACKUP_BYTES] = NULL;
    size_t n = 0;
    int error = pick_names(target, shelf->agent, &names, &n, problem);
    if (!error && n > VERSIONS_BACKUPS_MAX)
        error = problem_set(problem, "too-many", "", "more than %d backups", VERSIONS_BACKUPS_MAX);
    if (!error && !(shelf->all = calloc(n + 1, sizeof(*shelf->all))))
        error = problem_set(problem, "no-memory", "", "no memory for so many backups");
    for (size_t i = 0; i < n && !error; i++)
        error = take_commit(shelf, target, names[i], signer, &object, problem);
    if (!error && !shelf->n)
        error = problem_set(problem, "no-backup", "", "there is no backup of agent %" PRIu32 "%s%.64s here",
            shelf->agent, signer ? " signed by " : "", signer ? signer : "");
    if (!error)
        qsort(shelf->all, shelf->n, sizeof(*shelf->all), newest_first);
    free(names);
    buf_free(&object);
    return error;
}

int shelf_open(const struct target_conf *conf, const struct envelope_key *key, uint32_t agent, const char *signer,
    struct shelf *ret, struct problem *problem)
{
    *ret = (struct shelf){ .conf = conf, .key = key, .agent = agent, .lock = PTHREAD_MUTEX_INITIALIZER };
    if (versions_make(&ret->versions))
        return problem_set(problem, "no-memory", "", "no memory for backups");
    struct target *target = target_open(conf, &(struct target_manner){ 0 }, problem);
    int error = target ? read_commits(ret, target, signer, problem) : -1;
    target_close(target);
    return error;
}

void shelf_close(struct shelf *shelf)
{
    atomic_store(&shelf->stop, true);
    if (shelf->has_thread)
        pthread_join(shelf->thread, NULL);
    versions_free(&shelf->versions);
    free(shelf->all);
}

static int read_tree(
    struct shelf *shelf, struct target *target, const struct shelved *of, struct opened *ret, struct problem *problem)
{
    struct picked picked;
    const struct reader_key key = { .own = shelf->key, .owner = picked.signer };
    if (pick_commit(target, shelf->agent, of->commit.backup, shelf->signer, &picked, problem))
        return -1;
    int error = unlock(target, &key, &picked.commit, ret, problem);
    commit_free(&picked.commit);
    return error;
}

static void fail(struct shelf *shelf, struct shelved *of, const struct problem *problem)
{
    pthread_mutex_lock(&shelf->lock);
    of->state = SHELVED_FAILED;
    snprintf(of->why, sizeof(of->why), "%.199s", problem->reason);
    shelf->n_looked_at++;
    pthread_mutex_unlock(&shelf->lock);
}

static void take_tree(struct shelf *shelf, struct target *target, struct shelved *of)
{
    struct opened opened = { 0 };
    struct problem problem;
    int error = read_tree(shelf, target, of, &opened, &problem);
    pthread_mutex_lock(&shelf->lock);
    if (!error)
        error = versions_add(&shelf->versions, &opened.nodes, &problem);
    if (!error) {
        of->index = shelf->versions.n_backups - 1;
        of->state = SHELVED_READ;
        if (!shelf->hostname[0])
            snprintf(shelf->hostname, sizeof(shelf->hostname), "%s", opened.manifest.hostname);
        shelf->n_looked_at++;
    }
    pthread_mutex_unlock(&shelf->lock);
    if (error)
        fail(shelf, of, &problem);
    opened_free(&opened);
}

void shelf_read(struct shelf *shelf)
{
    struct problem problem;
    struct target *target = target_open(shelf->conf, &(struct target_manner){ 0 }, &problem);
    for (size_t i = 0; i < shelf->n && !atomic_load(&shelf->stop); i++) {
        if (target)
            take_tree(shelf, target, &shelf->all[i]);
        else
            fail(shelf, &shelf->all[i], &problem);
    }
    target_close(target);
}

static void *work(void *arg)
{
    shelf_read(arg);
    return NULL;
}

int shelf_start(struct shelf *shelf, struct problem *problem)
{
    if (pthread_create(&shelf->thread, NULL, work, shelf))
        return problem_set(problem, "no-memory", "", "no memory for a thread");
    shelf->has_thread = true;
    return 0;
}
