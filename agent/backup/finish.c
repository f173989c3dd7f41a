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
#include "lib/repository/complete.h"

static int check(const struct finish *finish, const struct commit *commit, struct problem *problem)
{
    if (commit_complete(finish->target, commit, problem))
        return -1;
    return finish->commit_by_s && time(NULL) > finish->commit_by_s
               ? problem_set(problem, "late-commit", "", "it took longer than a commit may be put after its order")
               : 0;
}

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

/* exists: an object of this name and size is ours, put before a kill. */
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

static int put_again(const struct finish *finish, const struct commit *commit, const struct iovec *object,
    struct problem *problem)
{
    char file[PATH_MAX], *manifest;
    size_t bytes;
    manifest_file(finish, file);
    /* Removed when both were put. */
    if (!file_absent(file)) {
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
    if (!finish->file || file_absent(finish->file))
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
