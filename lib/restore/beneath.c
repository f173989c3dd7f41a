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
#include "lib/sha256.h"

#define FD_PATH_BYTES 32

static int identify(int fd, file_identity *ret)
{
    struct {
        struct file_handle head;
        unsigned char room[MAX_HANDLE_SZ];
    } handle = { .head.handle_bytes = MAX_HANDLE_SZ };
    struct statx status = { 0 };
    uint8_t hash[SHA256_BYTES];
    int mount;
    if (!name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH)) {
        sha256_of(&handle, sizeof(handle.head) + handle.head.handle_bytes, hash);
    } else {
        if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status))
            return -1;
        const uint64_t facts[] = { status.stx_dev_major, status.stx_dev_minor, status.stx_ino,
            (uint64_t)status.stx_btime.tv_sec, status.stx_btime.tv_nsec };
        sha256_of(facts, sizeof(facts), hash);
    }
    memcpy(ret, hash, sizeof(*ret));
    *ret |= !*ret;
    return 0;
}

/* The descriptor is it, or is closed. */
static int expect(int fd, file_identity wanted)
{
    file_identity found = 0;
    if (fd < 0 || (!identify(fd, &found) && found == wanted))
        return fd;
    close(fd);
    errno = ESTALE;
    return -1;
}

int beneath_open(const char *folder, const struct passwd *user, struct beneath *ret, struct problem *problem)
{
    struct beneath beneath = { .uid = user ? user->pw_uid : geteuid(), .gid = user ? user->pw_gid : getegid() };
    beneath.is_root = !beneath.uid && !geteuid();
    beneath_assume(&beneath);
    int error =
        mkdir(folder, 0700) && errno != EEXIST ? problem_errno(problem, "file", folder, "cannot make %s", folder) : 0;
    beneath.fd = error ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!error && beneath.fd < 0)
        error = problem_errno(problem, "file", folder, "cannot enter %s", folder);
    beneath_resume(&beneath);
    if (!error)
        *ret = beneath;
    return error;
}

/* Another's rights take our own away with the file system's capabilities (capabilities(7)); groups besides the user's
 * first are ours, which root has none of. */
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

int beneath_enter(const struct beneath *beneath, const struct nodes *nodes, const file_identity *identities,
    uint32_t node, struct beneath_folder *folder)
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
    int fd = (int)syscall(SYS_openat2, beneath->fd, path, &how, sizeof(how));
    if (identities && parent != NODE_NONE)
        fd = expect(fd, identities[parent]);
    if (fd < 0)
        return -1;
    *folder = (struct beneath_folder){ parent, fd };
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

static dev_t device_of(const struct entry *entry)
{
    return entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK ? makedev(entry->major, entry->minor) : 0;
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

static bool is_partial(const struct beneath *beneath, const struct stat *status)
{
    return S_ISREG(status->st_mode) && status->st_uid == beneath->uid && (status->st_mode & 07777) == PARTIAL_MODE;
}

enum standing beneath_look(const struct beneath *beneath, int folder, const struct entry *entry)
{
    struct stat status;
    if (fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? STANDING_NOTHING : STANDING_OTHER;
    if (is_same(beneath, &status, entry))
        return STANDING_SAME;
    return is_partial(beneath, &status) ? STANDING_PARTIAL : STANDING_OTHER;
}

/* The folder may be another's, and since it was looked at he may have put there what he has open, a pipe, or what we
 * made for another place: nothing is written into what we did not make for this one. */
int beneath_make_file(int folder, const struct entry *entry, file_identity *ret)
{
    int fd = openat(folder, entry->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PARTIAL_MODE);
    if (fd < 0 || !identify(fd, ret))
        return fd;
    close(fd);
    return -1;
}

int beneath_open_file(int folder, const struct entry *entry, file_identity wanted)
{
    return expect(openat(folder, entry->name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), wanted);
}

static bool is_linked(int fd, int folder, const char *name)
{
    struct stat one, other;
    return !fstat(fd, &one) && !fstatat(folder, name, &other, AT_SYMLINK_NOFOLLOW) && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/* By the descriptor; without CAP_DAC_READ_SEARCH only by its path. */
int beneath_link(int folder, const char *name, file_identity wanted, int other_folder, const char *other_name)
{
    char path[FD_PATH_BYTES];
    int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (wanted)
        fd = expect(fd, wanted);
    if (fd < 0)
        return -1;
    fd_path(fd, path);
    int error = linkat(fd, "", other_folder, other_name, AT_EMPTY_PATH) &&
                linkat(AT_FDCWD, path, other_folder, other_name, AT_SYMLINK_FOLLOW) &&
                !is_linked(fd, other_folder, other_name);
    int number = errno;
    close(fd);
    errno = number;
    return error ? -1 : 0;
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

int beneath_make_folder(int folder, const struct entry *entry, file_identity *ret, bool *ret_made)
{
    *ret_made = !mkdirat(folder, entry->name, 0700);
    if (!*ret_made && errno != EEXIST)
        return -1;
    int fd = openat(folder, entry->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = fd < 0 || identify(fd, ret), number = errno;
    if (fd >= 0)
        close(fd);
    errno = number;
    return error ? -1 : 0;
}

int beneath_open_folder(int folder, const struct entry *entry, file_identity wanted)
{
    return expect(openat(folder, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), wanted);
}

/* What was made, and not what somebody whose folder it is has put in its place since. */
static int dress(const struct beneath *beneath, int fd, const struct entry *entry)
{
    char path[FD_PATH_BYTES];
    struct stat status;
    struct timespec times[2];
    times_of(entry, times);
    fd_path(fd, path);
    if (fstat(fd, &status) || (status.st_mode & S_IFMT) != type_of(entry) || status.st_uid != beneath->uid ||
        status.st_rdev != device_of(entry)) {
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
    if (entry->type == ENTRY_SYMLINK ? symlinkat(entry->link, folder, entry->name)
                                     : mknodat(folder, entry->name, type_of(entry) | PARTIAL_MODE, device_of(entry)))
        return -1;
    int fd = openat(folder, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int error = dress(beneath, fd, entry), number = errno;
    close(fd);
    errno = number;
    return error;
}
