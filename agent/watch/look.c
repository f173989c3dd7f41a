#include "agent/watch/look.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/helper.h"
#include "agent/watch/readings.h"
#include "agent/watch/sampler.h"
#include "lib/problem.h"

#define LOOK_WORDS 6

int child_failed(struct sampling *sampling, const char *program, const struct child_end *end)
{
    if (end->late)
        sampling_found(sampling, LEVEL_UNKNOWN, "%s took too long and was ended", program);
    else if (WIFSIGNALED(end->status))
        sampling_found(sampling, LEVEL_UNKNOWN, "%s was ended by signal %d", program, WTERMSIG(end->status));
    else
        return 0;
    return -1;
}

static void looked(void *arg, const struct child_end *end)
{
    struct sampling *sampling = arg;
    struct sample sample;
    if (child_failed(sampling, "vedette-agent-look", end))
        return;
    look_read(end->text, &sample);
    sampling_done(sampling, &sample);
}

void look_for(struct sampling *sampling, const char *const *words, void (*ended)(void *arg, const struct child_end *))
{
    char program[PATH_MAX];
    char *argv[LOOK_WORDS + 2] = { program };
    struct problem problem;
    /* execve's argv is not const for historical reasons only. */
    for (size_t i = 0; i < LOOK_WORDS && words[i]; i++)
        argv[i + 1] = (char *)words[i];
    if (helper_find("vedette-agent-look", program, &problem))
        sampling_found(sampling, LEVEL_UNKNOWN, "%s", problem.reason);
    else if (child_start(&sampling->child, sampling->loop, argv, LOOK_LIMIT_MS, ended, sampling))
        sampling_found(sampling, LEVEL_UNKNOWN, "cannot execute %s: %s", program, strerror(errno));
}

void look_at(struct sampling *sampling, const char *const *words)
{
    look_for(sampling, words, looked);
}
