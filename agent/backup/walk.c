#include "agent/backup/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "agent/backup/entries.h"
#include "agent/backup/names.h"
#include "lib/problem.h"

#define LOOKS_MAX 8 /* at a name in whose place others are put as fast as we look */

/* Mounted there is what the kernel makes up. */
static bool is_made_up(void)
{
    static const long magics[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
        DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, BPF_FS_MAGIC, PSTOREFS_MAGIC,
        EFIVARFS_MAGIC, AUTOFS_SUPER_MAGIC };
    struct statfs status;
    if (statfs(".", &status))
        return false;
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (status.f_type == magics[i])
            return true;
    }
    return false;
}

static bool is_excluded(const struct steps *steps)
{
    const struct walk *walk = steps->walk;
    for (size_t i = 0; i < walk->n_excluded; i++) {
        if (!strcmp(walk->excluded[i], steps->path))
            return true;
    }
    return false;
}

/* Inside of a path that was asked for; else it only leads to one. */
static bool is_wanted(const struct steps *steps)
{
    for (size_t i = 0; i < steps->walk->n_paths; i++) {
        if (path_is_within(steps->path, steps->walk->paths[i]))
            return true;
    }
    return false;
}

static int visit(struct steps *, const char *name, struct problem *);

/* Everything in the current folder. */
static int visit_all(struct steps *steps, bool made_up, struct problem *problem)
{
    const struct walk *walk = steps->walk;
    struct names names;
    if (made_up)
        return 0;
    if (is_wanted(steps) ? names_list(&names) : names_towards(steps->path, walk->paths, walk->n_paths, &names))
        return entries_unread(steps, problem);
    int error = 0;
    for (size_t i = 0; i < names.n && !error; i++)
        error = visit(steps, names.all[i], problem);
    names_free(&names);
    return error;
}

/* Into the folder and back; both are held open, so that renaming on the way leads nowhere else. */
static int enter(struct steps *steps, int folder, struct problem *problem)
{
    struct stat status;
    dev_t device = steps->device;
    int above = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (above < 0 || fstat(folder, &status) || fchdir(folder)) {
        int unread = entries_unread(steps, problem);
        if (above >= 0)
            close(above);
        return unread;
    }
    steps->device = status.st_dev;
    steps->depth++;
    int error = visit_all(steps, status.st_dev != device && is_made_up(), problem);
    steps->depth--;
    steps->device = device;
    if (fchdir(above) && !error)
        error = problem_errno(problem, "file", steps->path, "cannot get back out of %.200s", steps->path);
    close(above);
    return error;
}

static int put_folder(struct steps *steps, const char *name, struct problem *problem)
{
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (folder < 0 || steps->depth == TREE_DEPTH_MAX) {
        if (folder >= 0) {
            close(folder);
            errno = ELOOP;
        }
        return entries_gone_or_unread(steps, problem);
    }
    int error = entries_put(steps, problem) || enter(steps, folder, problem) || feed_up(steps->walk->feed, problem);
    close(folder);
    return error ? -1 : 0;
}

/* 1: it is another by now. */
static int put_once(struct steps *steps, const char *name, struct problem *problem)
{
    struct stat status;
    if (fstatat(AT_FDCWD, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) ||
        facts_read(name, &status, &steps->facts))
        return entries_gone_or_unread(steps, problem);
    switch (steps->facts.entry.type) {
    case ENTRY_FOLDER:
        return put_folder(steps, name, problem);
    case ENTRY_FILE:
        return entries_put_file(steps, name, &status, problem);
    default:
        return entries_put(steps, problem);
    }
}

/* Programs that put a new file in the place of the old one mean it to be there at every moment: we look again. */
static int put(struct steps *steps, const char *name, struct problem *problem)
{
    if (steps->walk->stopped())
        return problem_set(problem, "stopped", "", "the backup was stopped");
    if (is_excluded(steps))
        return 0;
    int result = 1;
    for (int i = 0; i < LOOKS_MAX && result > 0; i++)
        result = put_once(steps, name, problem);
    if (result > 0) {
        errno = ESTALE;
        result = entries_unread(steps, problem);
    }
    return result;
}

/* With its name at the end of the path. */
static int visit(struct steps *steps, const char *name, struct problem *problem)
{
    size_t before = steps->path_bytes, bytes = strlen(name);
    if (bytes > TREE_NAME_MAX || bytes + 2 > PATH_BYTES_MAX - before) {
        errno = ENAMETOOLONG;
        return entries_unread(steps, problem);
    }
    steps->path[before] = '/';
    memcpy(steps->path + before + 1, name, bytes + 1);
    steps->path_bytes += 1 + bytes;
    int error = put(steps, name, problem);
    steps->path_bytes = before;
    steps->path[before] = '\0';
    return error;
}

int walk_all(struct walk *walk, struct problem *problem)
{
    struct steps *steps = calloc(1, sizeof(*steps));
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = 0;
    if (!steps || root < 0)
        error = problem_set(problem, "no-memory", "", "cannot begin at the root");
    if (!error) {
        steps->walk = walk;
        error = enter(steps, root, problem) || (walk->archived && entries_end_archive(steps, problem));
        links_free(&steps->links);
        facts_free(&steps->facts);
        buf_free(&steps->header);
    }
    if (root >= 0)
        close(root);
    free(steps);
    return error ? -1 : 0;
}

void walk_name_unread(struct walk *walk, const char *const *paths, size_t n)
{
    walk->unread += n;
    for (size_t i = 0; i < n && walk->n_named < UNREAD_NAMED_MAX; i++) {
        if ((walk->named[walk->n_named] = strdup(paths[i])))
            walk->n_named++;
    }
}

void walk_free(struct walk *walk)
{
    for (size_t i = 0; i < walk->n_named; i++)
        free(walk->named[i]);
}
