#include "agent/programs.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"

const char *const programs[] = { "vedette-agent", "vedette-agent-carry", "vedette-agent-work", "vedette-agent-look",
    "vedette-agent-backup", "vedette-agent-restore", NULL };

void programs_path(const char *folder, const char *which, const char *program, char ret[PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%.2000s/%.64s/%.64s", folder, which, program);
}

int programs_own(char ret[PATH_MAX], struct problem *problem)
{
    ssize_t length = readlink("/proc/self/exe", ret, PATH_MAX - 1);
    char *slash = length > 0 ? (ret[length] = '\0', strrchr(ret, '/')) : NULL;
    if (!slash)
        return problem_errno(problem, "no-program", "/proc/self/exe", "cannot find this program's folder");
    *slash = '\0';
    return 0;
}

void programs_linked(const char *folder, const char *link, char ret[VERSION_BYTES])
{
    char path[PATH_MAX];
    uint64_t version;
    snprintf(path, sizeof(path), "%.2000s/%.64s", folder, link);
    ssize_t length = readlink(path, ret, VERSION_BYTES - 1);
    ret[length > 0 ? length : 0] = '\0';
    if (version_parse(ret, &version))
        *ret = '\0';
}

int programs_link(const char *folder, const char *link, const char *version, struct problem *problem)
{
    char fresh[PATH_MAX], path[PATH_MAX];
    snprintf(path, sizeof(path), "%.2000s/%.64s", folder, link);
    snprintf(fresh, sizeof(fresh), "%.2000s/.%.64s", folder, link);
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unlink(fresh);
    int error = at < 0 || symlink(version, fresh) || rename(fresh, path) || fsync(at);
    if (error)
        problem_errno(problem, "no-link", path, "cannot let %s lead to %s", path, version);
    if (at >= 0)
        close(at);
    return error ? -1 : 0;
}
