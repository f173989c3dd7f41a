/*
 * An object goes into an inode without a name, is made durable, and only then given its name, which fails if there is
 * one of that name: so no half object is ever seen, nothing is replaced, and what a crash leaves is nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/target/directory.h"

#define OBJECT_MODE 0440 /* nobody writes to it any more */
#define BESIDE_BYTES 32  /* ".new-", 16 hex digits, NUL */

/* The object, whole and durable, in a file that has no name, or where the file system cannot do that, one beside it. */
static enum target_result write_cargo(
    struct target *target, int fd, const char *name, const struct cargo *cargo, struct problem *problem)
{
    char *piece = malloc(TARGET_PIECE_BYTES);
    enum target_result result = piece ? TARGET_DONE : TARGET_FAILED;
    for (size_t at = 0, count; !result && (count = cargo_read(cargo, at, piece, TARGET_PIECE_BYTES)); at += count) {
        for (size_t written = 0; !result && written < count;) {
            ssize_t part = write(fd, piece + written, count - written);
            if (part > 0)
                written += (size_t)part;
            else if (part == 0 || errno != EINTR)
                result = directory_error("write", name, problem);
        }
        if (!result)
            result = target_moved(target, count);
    }
    free(piece);
    if (!result && fsync(fd))
        result = directory_error("make durable", name, problem);
    return result;
}

/* A file without a name: beside is "". With one: only where the file system has no other, or /proc is not there. */
static int open_new(int folder, bool nameless, char beside[BESIDE_BYTES])
{
    uint64_t random;
    char hex[HEX_BYTES(sizeof(random))];
    *beside = '\0';
    int fd = nameless ? openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, OBJECT_MODE) : -1;
    if (fd >= 0)
        return fd;
    if (nameless && errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return -1;
    crypto_random(&random, sizeof(random));
    crypto_hex(&random, sizeof(random), hex);
    snprintf(beside, BESIDE_BYTES, ".new-%s", hex);
    return openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, OBJECT_MODE);
}

/* Give the file its name, unless it is taken. Where there are no hard links (FAT, some network shares) the kernel can
 * still rename without replacing. */
static int give_name(int folder, int fd, const char *beside, const char *base)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (!*beside)
        return linkat(AT_FDCWD, path, folder, base, AT_SYMLINK_FOLLOW);
    if (!linkat(folder, beside, folder, base, 0))
        return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
        return -1;
    return renameat2(folder, beside, folder, base, RENAME_NOREPLACE);
}

/* What stands there, of which it may not be known yet whether it outlives a power cut. */
static enum target_result there_is_one(
    int folder, const char *base, const char *name, const struct cargo *cargo, struct problem *problem)
{
    struct stat found;
    if (fstatat(folder, base, &found, AT_SYMLINK_NOFOLLOW) || fsync(folder))
        return directory_error("look at", name, problem);
    bool same = S_ISREG(found.st_mode) && (uint64_t)found.st_size == cargo->bytes;
    problem_set(
        problem, same ? "exists" : "broken", name, same ? "%s is there" : "%s is there, and something else", name);
    return same ? TARGET_EXISTS : TARGET_BROKEN;
}

static enum target_result put_in(struct target *target, int folder, const char *base, const char *name,
    struct cargo *cargo, bool nameless, struct problem *problem)
{
    char beside[BESIDE_BYTES];
    int fd = open_new(folder, nameless, beside);
    if (fd < 0)
        return directory_error("make a file for", name, problem);
    enum target_result result = write_cargo(target, fd, name, cargo, problem);
    if (!result && give_name(folder, fd, beside, base)) {
        if (errno == EEXIST)
            result = there_is_one(folder, base, name, cargo, problem);
        else if (errno == ENOENT && !*beside)
            result = put_in(target, folder, base, name, cargo, false, problem); /* no /proc */
        else
            result = directory_error("name", name, problem);
    } else if (!result && fsync(folder)) {
        result = directory_error("make durable", name, problem);
    }
    if (*beside)
        unlinkat(folder, beside, 0);
    if (close(fd) && !result)
        result = directory_error("close", name, problem);
    return result;
}

enum target_result directory_put(struct target *target, const char *name, struct cargo *cargo, struct problem *problem)
{
    const char *base;
    struct stat found;
    int folder;
    enum target_result result = directory_enter(target, name, true, &folder, &base, problem);
    if (result)
        return result;
    /* Before megabytes are written for nothing. */
    result = fstatat(folder, base, &found, AT_SYMLINK_NOFOLLOW)
                 ? put_in(target, folder, base, name, cargo, true, problem)
                 : there_is_one(folder, base, name, cargo, problem);
    close(folder);
    return result;
}
