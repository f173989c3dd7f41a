#include "cli/witness/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"

static void path_of(const struct witness_state *state, enum class class, const char *name, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/%s/%s", state->path, class_words[class], name);
}

/* A folder that a power cut takes away takes the memory in it along. */
static int sync_folder(const char *path, struct problem *problem)
{
    return dir_sync(path) ? problem_errno(problem, "file", path, "cannot sync %s", path) : 0;
}

int witness_state_open(struct witness_state *state, const char *path, struct problem *problem)
{
    char lock[PATH_MAX], parent[PATH_MAX];
    if (snprintf(state->path, sizeof(state->path), "%s", path) >= (int)sizeof(state->path))
        return problem_set(problem, "file", "--state", "the path of the witness's state is too long");
    snprintf(parent, sizeof(parent), "%s/..", state->path);
    if (dir_make(path, 0700, problem) || sync_folder(parent, problem))
        return -1;
    snprintf(lock, sizeof(lock), "%s/lock", state->path);
    state->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock < 0)
        return problem_errno(problem, "file", lock, "cannot open %s", lock);
    if (!flock(state->lock, LOCK_EX | LOCK_NB))
        return 0;
    problem_errno(problem, "file", lock, "another witness runs on %s", path);
    close(state->lock);
    return -1;
}

void witness_state_close(struct witness_state *state)
{
    close(state->lock);
}

static int read_vkey(const char *path, struct witnessed *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    int status = file_read_if_any(path, TLOG_VKEY_BYTES, &text, &bytes, problem);
    if (status)
        return status;
    int error = tlog_vkey_parse(text, &ret->log, problem);
    free(text);
    ret->pinned = !error;
    return error;
}

static int read_last(const char *path, struct witnessed *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    int status = file_read_if_any(path, TLOG_NOTE_BYTES, &text, &bytes, problem);
    if (status)
        return status;
    int error = tlog_checkpoint_open(text, bytes, &ret->log, &ret->last, NULL, problem);
    free(text);
    ret->any = !error;
    return error;
}

int witness_state_read(
    const struct witness_state *state, enum class class, struct witnessed *ret, struct problem *problem)
{
    struct witnessed read = { 0 };
    struct problem found;
    char path[PATH_MAX];
    path_of(state, class, "vkey", path);
    int status = read_vkey(path, &read, &found);
    if (!status) {
        path_of(state, class, "checkpoint", path);
        status = read_last(path, &read, &found);
    }
    if (status < 0)
        return problem_set(problem, "bad-state", path, "%.100s: %.140s", path, found.reason);
    path_of(state, class, "fork", path);
    read.forked = !file_absent(path);
    *ret = read;
    return 0;
}

int witness_state_pin(
    const struct witness_state *state, enum class class, const struct tlog_vkey *log, struct problem *problem)
{
    char path[PATH_MAX], text[TLOG_VKEY_BYTES + 1];
    path_of(state, class, "", path);
    if (dir_make(path, 0700, problem) || sync_folder(state->path, problem))
        return -1;
    tlog_vkey_format(log, text);
    strcat(text, "\n");
    path_of(state, class, "vkey", path);
    return file_write(path, text, strlen(text), 0600, problem);
}

int witness_state_keep(const struct witness_state *state, enum class class, const char *name, const char *note,
    size_t bytes, struct problem *problem)
{
    char path[PATH_MAX];
    path_of(state, class, name, path);
    return file_write(path, note, bytes, 0600, problem);
}
