#include "agent/activity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/state.h"
#include "lib/problem.h"

#define ACTIVITY_INSTALLED "/var/log/vedette-agent/" ACTIVITY_FILE

/* 1: there is none; -1: it cannot be printed. */
static int print_file(const char *path)
{
    char part[65536];
    ssize_t count;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 1 : -1;
    while ((count = read(fd, part, sizeof(part))) > 0) {
        if (fwrite(part, 1, (size_t)count, stdout) != (size_t)count)
            count = -1;
    }
    close(fd);
    return count < 0 ? -1 : 0;
}

void activity_path(const struct options *options, char ret[PATH_MAX])
{
    if (state_is_installed(options->state))
        snprintf(ret, PATH_MAX, ACTIVITY_INSTALLED);
    else
        snprintf(ret, PATH_MAX, "%s/work/" ACTIVITY_FILE, options->state);
}

int agent_activity(const struct options *options, char **argv)
{
    (void)argv;
    char path[PATH_MAX], older[PATH_MAX + 2];
    struct problem problem;
    activity_path(options, path);
    snprintf(older, sizeof(older), "%s.1", path);
    int before = print_file(older), now = print_file(path);
    if (before < 0 || now < 0 || fflush(stdout)) {
        problem_errno(&problem, "no-activity", path, "cannot print %s", path);
        return say_problem(&problem);
    }
    if (before == 1 && now == 1)
        printf("Nothing was asked of this machine yet.\n");
    return fflush(stdout) ? 1 : 0;
}
