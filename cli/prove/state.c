#include "cli/prove/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

int proof_state_open(struct proof_state *state, const char *folder, enum proof proof, struct problem *problem)
{
    char lock[PATH_MAX];
    *state = (struct proof_state){ .proof = proof, .lock = -1 };
    if (snprintf(state->path, sizeof(state->path), "%s", folder) >= (int)sizeof(state->path))
        return problem_set(problem, "file", "--state-dir", "the path of the folder is too long");
    if (dir_make(state->path, 0700, problem))
        return -1;
    snprintf(lock, sizeof(lock), "%s/lock.%s", state->path, proof_words[proof]);
    state->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock < 0)
        return problem_errno(problem, "file", lock, "cannot open %.200s", lock);
    if (!flock(state->lock, LOCK_EX | LOCK_NB))
        return 0;
    problem_errno(problem, "busy", lock, "somebody looks already");
    proof_state_close(state);
    return -1;
}

void proof_state_close(struct proof_state *state)
{
    if (state->lock >= 0)
        close(state->lock);
    state->lock = -1;
}

static void path_of(const struct proof_state *state, uint32_t agent, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/%" PRIu32 ".%s", state->path, agent, proof_words[state->proof]);
}

int proof_state_read(const struct proof_state *state, uint32_t agent, struct proof_memory *ret, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    path_of(state, agent, path);
    int status = file_read_if_any(path, PROOF_MEMORY_LIMIT_BYTES, &text, &bytes, problem);
    if (status > 0)
        *ret = (struct proof_memory){ 0 };
    if (status)
        return status > 0 ? 0 : -1;
    struct problem why;
    int error = proof_memory_parse(text, bytes, ret, &why);
    free(text);
    return error ? problem_set(problem, "bad-state", path, "%.180s: %.60s", path, why.reason) : 0;
}

int proof_state_write(
    const struct proof_state *state, uint32_t agent, const struct proof_memory *memory, struct problem *problem)
{
    char path[PATH_MAX];
    struct buf text = { .limit_bytes = PROOF_MEMORY_LIMIT_BYTES };
    path_of(state, agent, path);
    int error = proof_memory_text(memory, &text) ? problem_set(problem, "no-memory", path, "no memory to remember by")
                                                 : file_write(path, text.data, text.length, 0600, problem);
    buf_free(&text);
    return error ? -1 : 0;
}

/* 0: it is none of ours. */
static uint32_t agent_of(const char *name, enum proof proof)
{
    char *end;
    unsigned long agent = strtoul(name, &end, 10);
    bool ours = name[0] >= '1' && name[0] <= '9' && *end == '.' && !strcmp(end + 1, proof_words[proof]);
    return ours && agent < UINT32_MAX ? (uint32_t)agent : 0;
}

int proof_state_each(
    const struct proof_state *state, int (*each)(void *arg, uint32_t agent), void *arg, struct problem *problem)
{
    DIR *folder = opendir(state->path);
    int error = 0;
    if (!folder)
        return problem_errno(problem, "file", state->path, "cannot open %.200s", state->path);
    for (struct dirent *entry; !error && (entry = readdir(folder));) {
        uint32_t agent = agent_of(entry->d_name, state->proof);
        error = agent && each(arg, agent);
    }
    closedir(folder);
    return error ? -1 : 0;
}
