/*
 * A disk that fails, for a process that knows nothing of it. Preloaded, it counts the calls by which the process
 * changes files, and does to one of them what the environment says:
 *
 *     FAULT="PLACE CALL NTH DEED SEED TIMES"
 *
 * PLACE  one of the places below, or any                         CALL  write, sync, create, link, rename, remove, size,
 * any DEED   kill, killed     SIGKILL before the call, after it      cut, was-cut   the power goes before it, after it
 *        tear             a part is written, then SIGKILL        short          a part is written, which is told
 *        eio, enospc,     it fails, and so do the next TIMES-1   lost           a sync fails, and the data are gone
 *        eintr
 *
 * What it did is one line on standard error. It makes system calls and nothing else, so it works within seccomp.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/faults/unsynced.h"

enum call { WRITE, SYNC, CREATE, LINK, RENAME, REMOVE, SIZE, CALLS };
enum deed { NOTHING, KILL, KILLED, CUT, WAS_CUT, TEAR, SHORT, EIO_, ENOSPC_, EINTR_, LOST };

static const char *const calls[] = { "write", "sync", "create", "link", "rename", "remove", "size", "any", NULL };
static const char *const deeds[] = { "nothing", "kill", "killed", "cut", "was-cut", "tear", "short", "eio", "enospc",
    "eintr", "lost", NULL };
static const struct place {
    const char *name, *path;
} places[] = { { "journal", "/audit/journal" }, { "index", "/audit/index" }, { "db", "/audit/audit.db" },
    { "second", "/checkpoints" }, { "tree", "/log/" }, { "target", "/vedette1/" }, { "cache", "/backup.disk.cache" },
    { "back", "/back/" }, { NULL, NULL } };

static struct {
    int place, call; /* -1: any */
    unsigned nth, times, seed;
    enum deed deed;
} plan;

static unsigned counted;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside; /* these calls are our own */

static int word(const char *const *words, const char *wanted)
{
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], wanted))
            return i;
    }
    fprintf(stderr, "FAULT: %s?\n", wanted);
    _exit(2);
}

__attribute__((constructor)) static void read_plan(void)
{
    char place[16], call[16], deed[16];
    const char *text = getenv("FAULT");
    if (!text)
        return;
    if (sscanf(text, "%15s %15s %u %15s %u %u", place, call, &plan.nth, deed, &plan.seed, &plan.times) != 6)
        _exit(2);
    plan.deed = (enum deed)word(deeds, deed);
    plan.call = word(calls, call) == CALLS ? -1 : word(calls, call);
    plan.place = -1;
    for (int i = 0; places[i].name; i++) {
        if (!strcmp(places[i].name, place))
            plan.place = i;
    }
}

static bool path_of_fd(int fd, char path[PATH_MAX])
{
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static void path_at(int folder, const char *name, char path[PATH_MAX])
{
    char base[PATH_MAX] = "";
    if (name[0] == '/')
        snprintf(path, PATH_MAX, "%s", name);
    else if (folder == AT_FDCWD ? getcwd(base, sizeof(base)) != NULL : path_of_fd(folder, base))
        snprintf(path, PATH_MAX, "%.2000s/%.2000s", base, name);
}

static int place_of(const char *path)
{
    for (int i = 0; places[i].path; i++) {
        if (strstr(path, places[i].path))
            return i;
    }
    return -1;
}

/* What happens to a call */

static void enter(void)
{
    pthread_mutex_lock(&lock);
    inside = true;
}

static void leave(void)
{
    inside = false;
    pthread_mutex_unlock(&lock);
}

static void die(bool with_power)
{
    if (with_power)
        unsynced_cut(plan.seed);
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* The lock is held from here to after(), so that nobody acknowledges anything between a power cut and the end. */
static enum deed before(enum call call, const char *path)
{
    if (plan.deed == NOTHING || (plan.call >= 0 && plan.call != (int)call) ||
        (plan.place >= 0 && plan.place != place_of(path)))
        return NOTHING;
    counted++;
    if (counted < plan.nth || counted >= plan.nth + plan.times)
        return NOTHING;
    dprintf(STDERR_FILENO, "fault: %s %s of %s\n", deeds[plan.deed], calls[call], path);
    if (plan.deed == KILL || plan.deed == CUT)
        die(plan.deed == CUT);
    return plan.deed;
}

static void after(enum deed deed)
{
    if (deed == KILLED || deed == TEAR || deed == WAS_CUT)
        die(deed == WAS_CUT);
}

static bool fails(enum deed deed)
{
    return deed == EIO_ || deed == ENOSPC_ || deed == EINTR_ || deed == LOST;
}

static int fail(enum deed deed)
{
    leave();
    errno = deed == ENOSPC_ ? ENOSPC : deed == EINTR_ ? EINTR : EIO;
    return -1;
}

static bool watched_fd(int fd, char path[PATH_MAX])
{
    return !inside && path_of_fd(fd, path) && place_of(path) >= 0;
}

static bool watched(int folder, const char *name, char path[PATH_MAX])
{
    path[0] = '\0';
    if (inside)
        return false;
    path_at(folder, name, path);
    return place_of(path) >= 0;
}

static ssize_t write_part(int fd, const char *path, const void *data, size_t bytes, off_t at, bool moves)
{
    enter();
    enum deed deed = before(WRITE, path);
    if (fails(deed))
        return fail(deed);
    if ((deed == TEAR || deed == SHORT) && bytes > 1)
        bytes = 1 + plan.seed % (bytes - 1);
    unsynced_data(path, (uint64_t)at, bytes);
    ssize_t written = moves ? syscall(SYS_write, fd, data, bytes) : syscall(SYS_pwrite64, fd, data, bytes, at);
    after(deed);
    leave();
    return written;
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    char path[PATH_MAX];
    if (!watched_fd(fd, path))
        return syscall(SYS_write, fd, data, bytes);
    return write_part(fd, path, data, bytes, lseek(fd, 0, SEEK_CUR), true);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at)
{
    char path[PATH_MAX];
    if (!watched_fd(fd, path))
        return syscall(SYS_pwrite64, fd, data, bytes, at);
    return write_part(fd, path, data, bytes, at, false);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at)
{
    return pwrite(fd, data, bytes, at);
}

/* The lock is not held while the disk works: others may write meanwhile, and that is not synced. Folders around our
 * places count, too: names in them become durable. */
static int sync_by(long number, int fd)
{
    char path[PATH_MAX];
    if (inside || !path_of_fd(fd, path))
        return (int)syscall(number, fd);
    enter();
    enum deed deed = place_of(path) >= 0 ? before(SYNC, path) : NOTHING;
    if (deed == LOST)
        unsynced_lose(path);
    if (fails(deed))
        return fail(deed);
    uint64_t now = unsynced_now();
    leave();
    int error = (int)syscall(number, fd);
    enter();
    if (!error && number == SYS_syncfs)
        unsynced_all_synced(now);
    else if (!error)
        unsynced_synced(path, now);
    after(deed);
    leave();
    return error;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

int syncfs(int fd)
{
    return sync_by(SYS_syncfs, fd);
}

static int open_by(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    struct stat status;
    bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
    if (!(is_nameless || flags & (O_CREAT | O_TRUNC)) || !watched(folder, name, path))
        return (int)syscall(SYS_openat, folder, name, flags, mode);
    enter();
    bool is_new = is_nameless || stat(path, &status) != 0;
    enum deed deed = is_new ? before(CREATE, path) : NOTHING;
    if (fails(deed))
        return fail(deed);
    if (is_new && !is_nameless)
        unsynced_created(path);
    else if (flags & O_TRUNC)
        unsynced_data(path, 0, (size_t)status.st_size);
    int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    after(deed);
    leave();
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

int open(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_by(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_by(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_by(folder, name, flags, mode);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    char path[PATH_MAX];
    struct stat status;
    if (!watched(folder, name, path) || !stat(path, &status))
        return (int)syscall(SYS_mkdirat, folder, name, mode);
    enter();
    enum deed deed = before(CREATE, path);
    if (fails(deed))
        return fail(deed);
    unsynced_created(path);
    int error = (int)syscall(SYS_mkdirat, folder, name, mode);
    after(deed);
    leave();
    return error;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    char path[PATH_MAX];
    struct stat status;
    if (!watched(to_folder, to, path) || !stat(path, &status))
        return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    enter();
    enum deed deed = before(LINK, path);
    if (fails(deed))
        return fail(deed);
    unsynced_created(path);
    int error = (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    after(deed);
    leave();
    return error;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    char from_path[PATH_MAX], to_path[PATH_MAX];
    struct stat status;
    if (!watched(from_folder, from, from_path) || !watched(to_folder, to, to_path) || stat(from_path, &status))
        return (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
    enter();
    enum deed deed = before(RENAME, to_path);
    if (fails(deed))
        return fail(deed);
    unsynced_renamed(from_path, to_path);
    int error = (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
    after(deed);
    leave();
    return error;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX];
    struct stat status;
    if (!watched(folder, name, path) || stat(path, &status))
        return (int)syscall(SYS_unlinkat, folder, name, flags);
    enter();
    enum deed deed = before(REMOVE, path);
    if (fails(deed))
        return fail(deed);
    unsynced_removed(path);
    int error = (int)syscall(SYS_unlinkat, folder, name, flags);
    after(deed);
    leave();
    return error;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

/* Shorter or longer, the same to us: what a file loses is kept. */
static int size_by(long number, int fd, off_t offset, off_t bytes)
{
    char path[PATH_MAX];
    struct stat status;
    uint64_t size = (uint64_t)(offset + bytes);
    if (!watched_fd(fd, path) || fstat(fd, &status))
        return (int)(number == SYS_ftruncate ? syscall(number, fd, bytes) : syscall(number, fd, 0, offset, bytes));
    enter();
    enum deed deed = before(SIZE, path);
    if (fails(deed))
        return fail(deed);
    unsynced_data(path, size, size < (uint64_t)status.st_size ? (size_t)status.st_size - size : 0);
    int error = (int)(number == SYS_ftruncate ? syscall(number, fd, bytes) : syscall(number, fd, 0, offset, bytes));
    after(deed);
    leave();
    return error;
}

int ftruncate(int fd, off_t bytes)
{
    return size_by(SYS_ftruncate, fd, 0, bytes);
}

int ftruncate64(int fd, off_t bytes)
{
    return size_by(SYS_ftruncate, fd, 0, bytes);
}

int posix_fallocate(int fd, off_t offset, off_t bytes)
{
    return size_by(SYS_fallocate, fd, offset, bytes) ? errno : 0;
}

int posix_fallocate64(int fd, off_t offset, off_t bytes)
{
    return posix_fallocate(fd, offset, bytes);
}
