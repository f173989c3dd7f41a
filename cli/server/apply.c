#include "cli/server/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/repository/changes.h"

#define FILE_MODE 0600 /* of a file that came since the backup; one that was there keeps its own */
#define FOLDER_MODE 0700

static int cannot(const char *doing, const char *path, struct problem *problem)
{
    return problem_errno(problem, "file", path, "cannot %s %s", doing, path);
}

/* The folder in which the path's last word stands, made if need be, without a link on the way; the word is
 * *ret_name. */
static int enter(int folder, const char *path, const char **ret_name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(folder, ".", flags);
    for (const char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        char word[CHANGE_PATH_BYTES];
        snprintf(word, sizeof(word), "%.*s", (int)(slash - path), path);
        int next = openat(fd, word, flags);
        if (next < 0 && errno == ENOENT && !mkdirat(fd, word, FOLDER_MODE))
            next = openat(fd, word, flags);
        int error = errno;
        close(fd);
        errno = error;
        fd = next;
    }
    *ret_name = path;
    return fd;
}

/* A key is 0400, and whoever is not root cannot open it for writing as it stands. */
static int open_file(int folder, const char *name)
{
    const int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
    struct stat status;
    int fd = openat(folder, name, flags | O_CREAT, FILE_MODE);
    if (fd >= 0 || errno != EACCES || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode) ||
        fchmodat(folder, name, status.st_mode | S_IWUSR, 0))
        return fd;
    fd = openat(folder, name, flags);
    if (fd >= 0)
        (void)fchmod(fd, status.st_mode);
    return fd;
}

static int write_all(int fd, const uint8_t *data, size_t bytes, uint64_t at)
{
    while (bytes) {
        ssize_t count = pwrite(fd, data, bytes, (off_t)at);
        if (count < 0 && errno != EINTR)
            return -1;
        count = count < 0 ? 0 : count;
        data += count;
        bytes -= (size_t)count;
        at += (size_t)count;
    }
    return 0;
}

static int apply_to(int folder, const char *name, const struct change *change)
{
    if (change->kind == CHANGE_REMOVE)
        return unlinkat(folder, name, 0) && errno != ENOENT ? -1 : 0;
    int fd = open_file(folder, name);
    if (fd < 0)
        return -1;
    int error = change->kind == CHANGE_SIZE ? ftruncate(fd, (off_t)change->at)
                                            : write_all(fd, change->data, change->bytes, change->at);
    return close(fd) || error ? -1 : 0;
}

int apply_changes(int folder, const uint8_t *changes, size_t bytes, struct problem *problem)
{
    const uint8_t *end = changes + bytes;
    while (changes < end) {
        struct change change;
        const char *name;
        if (change_read(&changes, end, &change))
            return problem_set(problem, "bad-increment", "", "a change makes no sense");
        int inner = enter(folder, change.path, &name);
        int error = inner < 0 || apply_to(inner, name, &change);
        if (error)
            cannot("restore", change.path, problem);
        if (inner >= 0)
            close(inner);
        if (error)
            return -1;
    }
    return 0;
}
