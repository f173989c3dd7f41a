#include "lib/restore/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/problem.h"

#define FD_PATH_BYTES 32

/* A Windows share or a stick gives all of its files one mode; there no file without a name can be made either. */
static bool keeps_modes(const char *folder)
{
    struct stat status;
    int fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, PARTIAL_MODE);
    bool kept = fd >= 0 && !fstat(fd, &status) && (status.st_mode & 07777) == PARTIAL_MODE;
    if (fd >= 0)
        close(fd);
    return kept;
}

int beneath_open(const char *folder, const struct passwd *user, struct beneath *ret, struct problem *problem)
{
    struct beneath beneath = { .uid = user ? user->pw_uid : geteuid(), .gid = user ? user->pw_gid : getegid() };
    beneath.is_root = !beneath.uid && !geteuid();
    beneath_assume(&beneath);
    int error = mkdir(folder, 0700) && errno != EEXIST
                    ? problem_errno(problem, "file", folder, "cannot make %s", folder)
                    : 0;
    beneath.fd = error ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!error && beneath.fd < 0)
        error = problem_errno(problem, "file", folder, "cannot enter %s", folder);
    beneath.keeps_modes = !error && keeps_modes(folder);
    beneath_resume(&beneath);
    if (!error)
        *ret = beneath;
    return error;
}

/* Another's rights take our own away with the file system's capabilities (capabilities(7)); groups besides the user's first
 * are ours, which root has none of. */
void beneath_assume(const struct beneath *beneath)
{
    if (beneath->uid == geteuid())
        return;
    setfsgid(beneath->gid);
    setfsuid(beneath->uid);
    if ((uid_t)setfsuid((uid_t)-1) != beneath->uid)
        abort();
}

void beneath_resume(const struct beneath *beneath)
{
    if (beneath->uid == geteuid())
        return;
    int number = errno;
    setfsuid(geteuid());
    setfsgid(getegid());
    errno = number;
}

void beneath_close(struct beneath *beneath)
{
    close(beneath->fd);
}

int beneath_enter(
    const struct beneath *beneath, const struct nodes *nodes, uint32_t node, struct beneath_folder *folder)
{
    static const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    static _Thread_local char path[NODE_PATH_BYTES];
    uint32_t parent = nodes->all[node].parent;
    if (folder->fd >= 0 && folder->node == parent)
        return 0;
    beneath_leave(folder);
    strcpy(path, ".");
    if (parent != NODE_NONE && !nodes_path(nodes, parent, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    long fd = syscall(SYS_openat2, beneath->fd, path, &how, sizeof(how));
    if (fd < 0)
        return -1;
    *folder = (struct beneath_folder){ parent, (int)fd };
    return 0;
}

void beneath_leave(struct beneath_folder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
}

static void fd_path(int fd, char ret[FD_PATH_BYTES])
{
    snprintf(ret, FD_PATH_BYTES, "/proc/self/fd/%d", fd);
}

static mode_t type_of(const struct entry *entry)
{
    switch (entry->type) {
    case ENTRY_FOLDER:
        return S_IFDIR;
    case ENTRY_SYMLINK:
        return S_IFLNK;
    case ENTRY_FIFO:
        return S_IFIFO;
    case ENTRY_SOCKET:
        return S_IFSOCK;
    case ENTRY_CHARACTER:
        return S_IFCHR;
    case ENTRY_BLOCK:
        return S_IFBLK;
    default:
        return S_IFREG;
    }
}

static bool is_same(const struct beneath *beneath, const struct stat *status, const struct entry *entry)
{
    if ((status->st_mode & S_IFMT) != type_of(entry) || status->st_mtim.tv_sec != entry->mtime_s ||
        status->st_mtim.tv_nsec != entry->mtime_ns)
        return false;
    if (beneath->is_root && (status->st_uid != entry->uid || status->st_gid != entry->gid))
        return false;
    return entry->type == ENTRY_SYMLINK || ((status->st_mode & 07777) == entry->mode &&
                                               (entry->type != ENTRY_FILE || (uint64_t)status->st_size == entry->size));
}

static bool is_partial(const struct beneath *beneath, const struct stat *status, bool by_mode)
{
    return S_ISREG(status->st_mode) && status->st_uid == beneath->uid &&
           (!by_mode || (status->st_mode & 07777) == PARTIAL_MODE);
}

enum standing beneath_look(const struct beneath *beneath, int folder, const struct entry *entry)
{
    struct stat status;
    if (fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? STANDING_NOTHING : STANDING_OTHER;
    if (is_same(beneath, &status, entry))
        return STANDING_SAME;
    return is_partial(beneath, &status, true) ? STANDING_PARTIAL : STANDING_OTHER;
}

/* The folder may be another's, and since it was looked at he may have put there what he has open, or a pipe: nothing is
 * written into what we did not make. */
int beneath_file(const struct beneath *beneath, int folder, const struct entry *entry)
{
    const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct stat status;
    int fd = openat(folder, entry->name, flags, PARTIAL_MODE);
    if (fd < 0 || (!fstat(fd, &status) && is_partial(beneath, &status, beneath->keeps_modes)))
        return fd;
    close(fd);
    errno = EEXIST;
    return -1;
}

/* By the place of the open descriptor, which leads to what is open and nowhere else. What a file
 * system does not know of, or only root may give, is left out where we are not root. */
static int set_xattrs(const struct beneath *beneath, int fd, const struct entry *entry)
{
    char path[FD_PATH_BYTES];
    const uint8_t *at = entry->xattrs, *end = at + entry->xattrs_bytes;
    struct xattr xattr;
    fd_path(fd, path);
    while (xattr_next(&at, end, &xattr)) {
        if (setxattr(path, xattr.name, xattr.value, xattr.bytes, 0) && !(errno == EPERM && !beneath->is_root))
            return -1;
    }
    return 0;
}

static void times_of(const struct entry *entry, struct timespec ret[2])
{
    ret[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
    ret[1] = (struct timespec){ entry->mtime_s, entry->mtime_ns };
}

/* A new owner takes away capabilities and set-user-id; an ACL has its part of the mode. */
int beneath_finish(const struct beneath *beneath, int fd, const struct entry *entry)
{
    struct timespec times[2];
    times_of(entry, times);
    if (beneath->is_root && fchown(fd, entry->uid, entry->gid))
        return -1;
    if (set_xattrs(beneath, fd, entry) || fchmod(fd, entry->mode))
        return -1;
    return futimens(fd, times);
}

int beneath_make_folder(int folder, const struct entry *entry, bool *ret_made)
{
    struct stat status;
    *ret_made = !mkdirat(folder, entry->name, 0700);
    if (*ret_made)
        return 0;
    if (errno != EEXIST || fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW))
        return -1;
    errno = ENOTDIR;
    return S_ISDIR(status.st_mode) ? 0 : -1;
}

/* What was made, and not what somebody whose folder it is has put in its place since. */
static int dress(const struct beneath *beneath, int fd, const struct entry *entry)
{
    char path[FD_PATH_BYTES];
    struct stat status;
    struct timespec times[2];
    times_of(entry, times);
    fd_path(fd, path);
    if (fstat(fd, &status) || (status.st_mode & S_IFMT) != type_of(entry) || status.st_uid != beneath->uid) {
        errno = EEXIST;
        return -1;
    }
    if ((beneath->is_root && fchownat(fd, "", entry->uid, entry->gid, AT_EMPTY_PATH)) ||
        set_xattrs(beneath, fd, entry) || (entry->type != ENTRY_SYMLINK && chmod(path, entry->mode)))
        return -1;
    return utimensat(fd, "", times, AT_EMPTY_PATH);
}

int beneath_make(const struct beneath *beneath, int folder, const struct entry *entry)
{
    dev_t device =
        entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK ? makedev(entry->major, entry->minor) : 0;
    if (entry->type == ENTRY_SYMLINK ? symlinkat(entry->link, folder, entry->name)
                                     : mknodat(folder, entry->name, type_of(entry) | PARTIAL_MODE, device))
        return -1;
    int fd = openat(folder, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int error = dress(beneath, fd, entry), number = errno;
    close(fd);
    errno = number;
    return error;
}
