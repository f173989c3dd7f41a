/* The objects of a directory target, folder by folder: one open folder a level is all that it keeps. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/target/directory.h"
#include "lib/target/walk.h"

static enum target_result walk_folder(struct walk *, int fd, size_t length, struct problem *);

static enum target_result walk_entry(
    struct walk *walk, int folder, const char *base, size_t length, struct problem *problem)
{
    struct stat found;
    if (!walk_look(walk, length, base))
        return TARGET_DONE;
    if (fstatat(folder, base, &found, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? TARGET_DONE : directory_error("look at", walk->name, problem);
    if (S_ISREG(found.st_mode))
        return walk_tell(walk, (uint64_t)found.st_size, found.st_mtime);
    size_t deeper = S_ISDIR(found.st_mode) ? walk_enter(walk) : 0;
    if (!deeper)
        return TARGET_DONE;
    int fd = openat(folder, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? TARGET_DONE : directory_error("enter", walk->name, problem);
    return walk_folder(walk, fd, deeper, problem);
}

/* fd is closed. */
static enum target_result walk_folder(struct walk *walk, int fd, size_t length, struct problem *problem)
{
    DIR *folder = fdopendir(fd);
    enum target_result result = TARGET_DONE;
    if (!folder) {
        close(fd);
        return directory_error("read the folder", walk->name, problem);
    }
    for (struct dirent *entry; !result && (errno = 0, entry = readdir(folder));)
        result = walk_entry(walk, dirfd(folder), entry->d_name, length, problem);
    if (!result && errno)
        result = directory_error("read the folder", walk->target->conf.name, problem);
    closedir(folder);
    return result;
}

static enum target_result list_once(struct target *target, void *arg, struct problem *problem)
{
    struct walk *walk = arg;
    const char *base;
    int fd;
    enum target_result result = directory_enter(target, walk->folder, false, &fd, &base, problem);
    if (result)
        return result == TARGET_ABSENT ? TARGET_DONE : result;
    strcpy(walk->name, walk->folder);
    return walk_folder(walk, fd, strlen(walk->name), problem);
}

enum target_result directory_list(
    struct target *target, const char *folder, target_lister lister, void *arg, struct problem *problem)
{
    struct walk walk = { target, lister, arg, folder, "" };
    return tries(target, list_once, &walk, problem);
}
