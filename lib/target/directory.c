/* A directory, on a local file system or over NFS. Whoever else may write there cannot lead us out of it by links. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/target/directory.h"

#define FOLDER_MODE 0750

enum target_result directory_error(const char *doing, const char *name, struct problem *problem)
{
    problem_errno(problem, "target", name, "cannot %s %s", doing, name);
    switch (errno) {
    case ENOENT:
        return TARGET_ABSENT;
    case EACCES:
    case EPERM:
    case EROFS:
        return TARGET_REFUSED;
    case ENOSPC:
    case EDQUOT:
        return TARGET_FULL;
    case ESTALE:
    case ETIMEDOUT:
        return TARGET_UNREACHED; /* a server of NFS that went, or came back as another */
    default:
        return TARGET_FAILED;
    }
}

static int open_directory(struct target *target, struct problem *problem)
{
    int *root = malloc(sizeof(*root));
    if (!root)
        return problem_set(problem, "no-memory", "", "no memory");
    *root = -1;
    target->at = root;
    return 0;
}

static void hang_up(struct target *target)
{
    int *root = target->at;
    if (*root >= 0)
        close(*root);
    *root = -1;
}

static void close_directory(struct target *target)
{
    hang_up(target);
    free(target->at);
}

/* The folder of this name in another, made if it is not there and may be. -1 + errno. */
static int enter_one(int parent, const char *name, bool make)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent, name, flags);
    if (fd >= 0 || errno != ENOENT || !make)
        return fd;
    if ((mkdirat(parent, name, FOLDER_MODE) && errno != EEXIST) || fsync(parent))
        return -1;
    return openat(parent, name, flags);
}

enum target_result directory_enter(
    struct target *target, const char *name, bool make, int *ret_folder, const char **ret_base, struct problem *problem)
{
    int *root = target->at;
    const char *whole = name;
    if (*root < 0)
        *root = open(target->conf.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*root < 0) {
        /* A folder that is not there is one that is not mounted. */
        enum target_result result = directory_error("enter", target->conf.path, problem);
        return result == TARGET_ABSENT ? TARGET_CHANGED : result;
    }
    int fd = openat(*root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *slash; fd >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
        char word[TARGET_NAME_BYTES];
        snprintf(word, sizeof(word), "%.*s", (int)(slash - name), name);
        int next = enter_one(fd, word, make), error = errno;
        close(fd);
        fd = next;
        errno = error;
    }
    if (fd < 0)
        return directory_error("enter the folder of", whole, problem);
    *ret_folder = fd;
    *ret_base = name;
    return TARGET_DONE;
}

static enum target_result not_a_file(const char *name, struct problem *problem)
{
    problem_set(problem, "target", name, "%s is not a file", name);
    return TARGET_FAILED;
}

static enum target_result read_all(
    struct target *target, int fd, uint64_t size, const char *name, struct fetching *fetching, struct problem *problem)
{
    char *piece = malloc(TARGET_PIECE_BYTES);
    enum target_result result = piece ? TARGET_DONE : directory_error("read", name, problem);
    uint64_t behind = size > fetching->from ? size - fetching->from : 0;
    if (fetching->left > behind)
        fetching->left = behind;
    while (!result && fetching->left) {
        size_t wanted = fetching->left < TARGET_PIECE_BYTES ? (size_t)fetching->left : TARGET_PIECE_BYTES;
        char *room = fetching_room(fetching, wanted);
        room = room ? room : piece;
        ssize_t count = pread(fd, room, wanted, (off_t)fetching->from);
        if (!count)
            break;
        if (count > 0)
            result = fetching_give(target, fetching, room, (size_t)count);
        else if (errno != EINTR)
            result = directory_error("read", name, problem);
    }
    free(piece);
    return result;
}

static enum target_result get(
    struct target *target, const char *name, struct fetching *fetching, struct problem *problem)
{
    const char *base;
    struct stat found;
    int folder, fd = -1;
    enum target_result result = directory_enter(target, name, false, &folder, &base, problem);
    if (!result) {
        fd = openat(folder, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        result = fd < 0 || fstat(fd, &found) ? directory_error("open", name, problem) : TARGET_DONE;
        close(folder);
    }
    if (!result && !S_ISREG(found.st_mode))
        result = not_a_file(name, problem);
    if (!result)
        result = read_all(target, fd, (uint64_t)found.st_size, name, fetching, problem);
    if (fd >= 0)
        close(fd);
    return result;
}

static enum target_result find(
    struct target *target, const char *name, struct target_object *ret, struct problem *problem)
{
    const char *base;
    struct stat found;
    int folder;
    enum target_result result = directory_enter(target, name, false, &folder, &base, problem);
    if (result)
        return result;
    if (fstatat(folder, base, &found, AT_SYMLINK_NOFOLLOW))
        result = directory_error("look at", name, problem);
    else if (!S_ISREG(found.st_mode))
        result = not_a_file(name, problem);
    close(folder);
    if (!result) {
        ret->bytes = (uint64_t)found.st_size;
        ret->modified_s = found.st_mtime;
    }
    return result;
}

const struct transport transport_directory = { directory_put, get, find, directory_list, open_directory, hang_up,
    close_directory };
