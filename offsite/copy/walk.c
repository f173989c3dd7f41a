#include "offsite/copy/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/repository/changes.h"

#define ROOTS_MAX 6
#define DEPTH_MAX 12 /* log/ops/tile/entries/x001/x234/067 are seven */

struct walk {
    enum server_set set;
    bool once;
    const struct visitor *visitor;
};

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_name(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

static int walk_folder(const struct walk *, int folder, const char *path, unsigned depth, struct problem *);

static int enter(const struct walk *walk, int folder, const char *path, const char *name, const struct stat *status,
    unsigned depth, struct problem *problem)
{
    const struct visitor *visitor = walk->visitor;
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : problem_errno(problem, "file", path, "cannot read %s", path);
    int error = visitor->enter(visitor->arg, path, name, status, problem) ||
                walk_folder(walk, fd, path, depth + 1, problem) || visitor->leave(visitor->arg, problem);
    close(fd);
    return error ? -1 : 0;
}

static int visit(
    const struct walk *walk, int folder, const char *path, const char *name, unsigned depth, struct problem *problem)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? 0 : problem_errno(problem, "file", path, "cannot look at %s", path);
    enum manner manner = manner_of(walk->set, path, S_ISDIR(status.st_mode));
    if (manner == MANNER_NONE || (manner == MANNER_ONCE && !walk->once))
        return 0;
    if (S_ISDIR(status.st_mode))
        return depth == DEPTH_MAX ? 0 : enter(walk, folder, path, name, &status, depth, problem);
    return S_ISREG(status.st_mode) ? walk->visitor->file(walk->visitor->arg, path, name, &status, manner, problem) : 0;
}

static int walk_folder(const struct walk *walk, int folder, const char *path, unsigned depth, struct problem *problem)
{
    struct dirent **all;
    char below[CHANGE_PATH_BYTES];
    int n = scandirat(folder, ".", &all, is_name, by_bytes), error = 0;
    if (n < 0)
        return problem_errno(problem, "file", path, "cannot list %s", path);
    for (int i = 0; i < n; i++) {
        int length = snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", all[i]->d_name);
        if (!error && length < (int)sizeof(below))
            error = visit(walk, folder, below, all[i]->d_name, depth, problem);
        free(all[i]);
    }
    free(all);
    return error;
}

/* Services cannot list the state directory, and have no need to. */
static const char *const roots[SERVER_SET_COUNT][ROOTS_MAX] = {
    [SERVER_CONFIGURATION] = { "bus.keys", "ca", "ca.pem", "cli", "offsite", "vedette.conf" },
    [SERVER_AUDIT] = { "audit", "checkpoints", "log" },
    [SERVER_INGEST] = { "ingest" },
    [SERVER_PORTAL] = { "portal" },
    [SERVER_SCHEDULER] = { "scheduler" },
    [SERVER_BACKUP] = { "backup" },
    [SERVER_ALERT] = { "alert" },
    [SERVER_ACCESS] = { "log" },
};

int walk_set(enum server_set set, bool once, const struct visitor *visitor, struct problem *problem)
{
    const struct walk walk = { set, once, visitor };
    for (const char *const *root = roots[set]; root < roots[set] + ROOTS_MAX && *root; root++) {
        if (visit(&walk, AT_FDCWD, *root, *root, 0, problem))
            return -1;
    }
    return 0;
}
