#include "agent/work/freeze.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/policy.h"
#include "lib/files.h"
#include "lib/problem.h"

#define FREEZE_FILE "freeze"

static void path_of(const char *policy, char ret[PATH_MAX])
{
    const char *path = policy ? policy : POLICY_DEFAULT, *slash = strrchr(path, '/');
    snprintf(ret, PATH_MAX, "%.*s" FREEZE_FILE, slash ? (int)(slash - path + 1) : 0, path);
}

bool freeze_is_local(const char *policy)
{
    char path[PATH_MAX];
    path_of(policy, path);
    return !file_absent(path);
}

/* An agent that was unpacked and never installed has no folder for its policy yet. */
static int have_folder(const char *path, struct problem *problem)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    return file_absent(folder) ? dir_make(folder, 0755, problem) : 0;
}

int freeze_begin(const struct options *options, char **argv)
{
    (void)argv;
    char path[PATH_MAX];
    struct problem problem;
    const char *reason = options->n_words > 1 ? options->words[1] : "";
    path_of(options->policy, path);
    if (have_folder(path, &problem) || file_write(path, reason, strlen(reason), 0644, &problem))
        return say_problem(&problem);
    printf("Frozen: nothing is begun any more, and what runs is ended. %s\n", path);
    return fflush(stdout) ? 1 : 0;
}

int freeze_end(const struct options *options, char **argv)
{
    (void)argv;
    char path[PATH_MAX];
    struct problem problem;
    path_of(options->policy, path);
    if (unlink(path) && errno != ENOENT) {
        problem_errno(&problem, "file", path, "cannot remove %s", path);
        return say_problem(&problem);
    }
    printf("Not frozen by this machine's people any more. Its policy, or a freeze that was signed, may still hold.\n");
    return fflush(stdout) ? 1 : 0;
}
