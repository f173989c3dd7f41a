#include "agent/backup/finish.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

/* ---- Is everything there? ---- */

struct wanted {
    uint32_t agent, n, found;
    const struct commit_segment *segments;
    uint32_t *sorted; /* their numbers, by hash */
    bool *seen;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct commit_segment *segments = arg;
    return memcmp(segments[*(const uint32_t *)a].sha256, segments[*(const uint32_t *)b].sha256, SHA256_BYTES);
}

static int see(void *arg, const struct target_object *object)
{
    struct wanted *wanted = arg;
    struct object_name name;
    if (name_parse(object->name, &name) || name.object != OBJECT_SEGMENT || name.agent != wanted->agent)
        return 0;
    for (uint32_t low = 0, high = wanted->n; low < high;) {
        uint32_t middle = low + (high - low) / 2, number = wanted->sorted[middle];
        int order = memcmp(name.sha256, wanted->segments[number].sha256, SHA256_BYTES);
        if (!order) {
            bool whole = object->bytes == wanted->segments[number].bytes;
            wanted->found += whole && !wanted->seen[number];
            wanted->seen[number] = wanted->seen[number] || whole;
            return 0;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

static int look(const struct finish *finish, struct wanted *wanted, struct problem *problem)
{
    char folder[OBJECT_NAME_BYTES];
    if (!wanted->sorted || !wanted->seen)
        return problem_set(problem, "no-memory", "", "no memory to look for segments with");
    for (uint32_t i = 0; i < wanted->n; i++)
        wanted->sorted[i] = i;
    qsort_r(wanted->sorted, wanted->n, sizeof(*wanted->sorted), compare, (void *)wanted->segments);
    name_folder(folder, finish->agent, OBJECT_SEGMENT);
    if (target_list(finish->target, folder, see, wanted, problem) != TARGET_DONE)
        return -1;
    return wanted->found == wanted->n
               ? 0
               : problem_set(problem, "lost-segments", "", "%u of %u segments are not in the target any more",
                     wanted->n - wanted->found, wanted->n);
}

static int check(const struct finish *finish, const struct commit *commit, struct problem *problem)
{
    size_t n = commit->n_segments;
    struct wanted wanted = { .agent = finish->agent,
        .n = (uint32_t)n,
        .segments = commit->segments,
        .sorted = calloc(n + 1, sizeof(*wanted.sorted)),
        .seen = calloc(n + 1, sizeof(*wanted.seen)) };
    int error = look(finish, &wanted, problem);
    free(wanted.sorted);
    free(wanted.seen);
    if (!error && finish->commit_by_s && time(NULL) > finish->commit_by_s)
        error = problem_set(problem, "late-commit", "", "it took longer than a commit may be put after its order");
    return error;
}

/* ---- The two objects. ---- */

static void manifest_file(const struct finish *finish, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%.4000s.manifest", finish->file);
}

static int write_parts(const char *file, const struct iovec *parts, size_t n, struct problem *problem)
{
    struct buf all = { .limit_bytes = OBJECT_BYTES_MAX };
    for (size_t i = 0; i < n; i++)
        buf_append(&all, parts[i].iov_base, parts[i].iov_len);
    int error = all.failed ? problem_set(problem, "no-memory", "", "no memory for the end of a backup")
                           : file_write(file, all.data, all.length, 0600, problem);
    buf_free(&all);
    return error;
}

/* exists: one of this name and size is ours, from before a kill. */
static int put(const struct finish *finish, enum object object, const char *backup, const struct iovec *parts,
    size_t n, bool exists, struct problem *problem)
{
    char name[OBJECT_NAME_BYTES];
    name_of_backup(name, finish->agent, object, backup);
    enum target_result result = target_put(finish->target, name, parts, n, problem);
    return result == TARGET_DONE || (exists && result == TARGET_EXISTS) ? 0 : -1;
}

int finish_backup(const struct finish *finish, const struct commit *commit, const struct iovec *manifest, size_t n,
    const struct iovec *object, struct problem *problem)
{
    char file[PATH_MAX];
    if (check(finish, commit, problem))
        return -1;
    if (finish->file) {
        manifest_file(finish, file);
        if (write_parts(file, manifest, n, problem) || write_parts(finish->file, object, 1, problem))
            return -1;
    }
    if (put(finish, OBJECT_MANIFEST, commit->backup, manifest, n, false, problem) ||
        put(finish, OBJECT_COMMIT, commit->backup, object, 1, false, problem))
        return -1;
    if (finish->file)
        unlink(file);
    return 0;
}

/* ---- Again. ---- */

static int put_again(const struct finish *finish, const struct commit *commit, const struct iovec *object,
    struct problem *problem)
{
    char file[PATH_MAX], *manifest;
    size_t bytes;
    manifest_file(finish, file);
    /* Removed when both were put. */
    if (!access(file, F_OK)) {
        if (file_read(file, OBJECT_BYTES_MAX, &manifest, &bytes, problem))
            return -1;
        int error = check(finish, commit, problem) ||
                    put(finish, OBJECT_MANIFEST, commit->backup, &(struct iovec){ manifest, bytes }, 1, true, problem);
        free(manifest);
        if (error)
            return -1;
    }
    if (put(finish, OBJECT_COMMIT, commit->backup, object, 1, true, problem))
        return -1;
    unlink(file);
    return 0;
}

int finish_again(
    const struct finish *finish, const char *backup, const char *signer, struct commit *ret, struct problem *problem)
{
    char by[FINGERPRINT_HEX_BYTES], *data;
    struct commit commit;
    size_t bytes;
    if (!finish->file || access(finish->file, F_OK))
        return 0;
    if (file_read(finish->file, OBJECT_BYTES_MAX, &data, &bytes, problem))
        return -1;
    int error = commit_open(data, bytes, finish->agent, backup, &commit, by, problem);
    if (!error && (strcmp(by, signer) || put_again(finish, &commit, &(struct iovec){ data, bytes }, problem))) {
        error = strcmp(by, signer) ? problem_set(problem, "bad-commit", backup, "it is signed by another key") : -1;
        commit_free(&commit);
    }
    free(data);
    if (!error)
        *ret = commit;
    return error ? -1 : 1;
}
