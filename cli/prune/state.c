#include "cli/prune/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

#define CLOCK_LIMIT_BYTES 256
#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

int prune_state_look(struct prune_state *state, const char *rules, struct problem *problem)
{
    state->lock = -1;
    if (snprintf(state->path, sizeof(state->path), "%s.state", rules) >= (int)sizeof(state->path))
        return problem_set(problem, "file", "--rules", "the path of the rules is too long");
    return 0;
}

int prune_state_open(struct prune_state *state, const char *rules, struct problem *problem)
{
    char lock[PATH_MAX];
    if (prune_state_look(state, rules, problem) || dir_make(state->path, 0700, problem))
        return -1;
    snprintf(lock, sizeof(lock), "%s/lock", state->path);
    state->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock < 0)
        return problem_errno(problem, "file", lock, "cannot open %.200s", lock);
    if (!flock(state->lock, LOCK_EX | LOCK_NB))
        return 0;
    problem_errno(problem, "busy", lock, "another pruner runs by these rules");
    prune_state_close(state);
    return -1;
}

void prune_state_close(struct prune_state *state)
{
    if (state->lock >= 0)
        close(state->lock);
    state->lock = -1;
}

static void path_of(const struct prune_state *state, uint32_t agent, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/%" PRIu32, state->path, agent);
}

int prune_state_read(const struct prune_state *state, uint32_t agent, struct prune_memory *ret, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    path_of(state, agent, path);
    int status = file_read_if_any(path, PRUNE_MEMORY_LIMIT_BYTES, &text, &bytes, problem);
    if (status) {
        if (status > 0)
            *ret = (struct prune_memory){ 0 };
        return status > 0 ? 0 : -1;
    }
    struct problem why;
    int error = prune_memory_parse(text, bytes, ret, &why);
    free(text);
    if (!error && state->anew)
        ret->n_condemned = 0;
    return error ? problem_set(problem, "bad-state", path, "%.180s: %.60s", path, why.reason) : 0;
}

int prune_state_write(
    const struct prune_state *state, uint32_t agent, const struct prune_memory *memory, struct problem *problem)
{
    char path[PATH_MAX];
    struct buf text = { .limit_bytes = PRUNE_MEMORY_LIMIT_BYTES };
    path_of(state, agent, path);
    if (!memory->n_condemned && !memory->n_weighed) {
        int gone = unlink(path);
        return gone && errno != ENOENT ? problem_errno(problem, "file", path, "cannot remove %.150s", path) : 0;
    }
    int error = prune_memory_text(memory, &text)
                    ? problem_set(problem, "no-memory", path, "too much is condemned to remember it")
                    : file_write(path, text.data, text.length, 0600, problem);
    buf_free(&text);
    return error;
}

int prune_state_read_clock(
    const struct prune_state *state, struct retention_clock *ret, bool *ret_any, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    struct retention_clock clock = { 0 };
    snprintf(path, sizeof(path), "%s/clock", state->path);
    int status = file_read_if_any(path, CLOCK_LIMIT_BYTES, &text, &bytes, problem);
    if (status < 0)
        return -1;
    *ret_any = !status;
    if (status)
        return 0;
    int taken = sscanf(text, "%" SCNd64 " %" SCNd64 " %36[0-9a-f-]", &clock.wall_s, &clock.running_s, clock.boot);
    free(text);
    if (taken != 3)
        return problem_set(problem, "bad-state", path, "%.180s: not what a pruner has written", path);
    *ret = clock;
    return 0;
}

int prune_state_write_clock(
    const struct prune_state *state, const struct retention_clock *clock, struct problem *problem)
{
    char path[PATH_MAX], text[CLOCK_LIMIT_BYTES];
    snprintf(path, sizeof(path), "%s/clock", state->path);
    int length =
        snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %s\n", clock->wall_s, clock->running_s, clock->boot);
    return file_write(path, text, (size_t)length, 0600, problem);
}

int prune_clock_observe(struct retention_clock *ret, struct problem *problem)
{
    struct timespec wall, running;
    struct retention_clock clock = { 0 };
    FILE *file = fopen(BOOT_FILE, "re");
    bool known = file && fscanf(file, "%36[0-9a-f-]", clock.boot) == 1;
    if (file)
        fclose(file);
    if (!known || clock_gettime(CLOCK_REALTIME, &wall) || clock_gettime(CLOCK_BOOTTIME, &running))
        return problem_errno(problem, "clock", BOOT_FILE, "cannot tell the time");
    clock.wall_s = wall.tv_sec;
    clock.running_s = running.tv_sec;
    *ret = clock;
    return 0;
}
