#include "lib/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"

static int read_all(int fd, size_t limit_bytes, char **ret_data, size_t *ret_bytes)
{
    char *data = malloc(limit_bytes + 1);
    if (!data)
        return -1;
    size_t length = 0;
    ssize_t count;
    /* One byte more than allowed is asked for, so that a file too long is noticed. */
    while (length <= limit_bytes && (count = read(fd, data + length, limit_bytes + 1 - length)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            goto fail;
        length += (size_t)count;
    }
    if (length > limit_bytes) {
        errno = EFBIG;
        goto fail;
    }
    data[length] = '\0';
    *ret_data = data;
    *ret_bytes = length;
    return 0;
fail:
    free(data);
    return -1;
}

/* Root reads for the service that it is about to become; whose folder it is, and who could have put a link to the secret
 * of another into it. So root follows none. */
static bool is_ours(uid_t owner)
{
    return geteuid() == 0 || owner == geteuid() || owner == 0;
}

enum keeping {
    ANYHOW,
    TRUSTED, /* only its owner may have written it */
    SECRET,  /* only its owner may read it */
};

static int refuse_mode(const char *path, const struct stat *status, const char *wanted, struct problem *problem)
{
    return problem_set(problem, "loose-permissions", path, "%s %s; it is %04o of user %u", path, wanted,
        status->st_mode & 07777, status->st_uid);
}

static int read_checked(const char *path, size_t limit_bytes, enum keeping keeping, char **ret_data,
    size_t *ret_bytes, struct problem *problem)
{
    bool secret = keeping == SECRET;
    /* Not to wait for the other end of a pipe, which is refused below. */
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = open(path, flags | (secret && geteuid() == 0 ? O_NOFOLLOW : 0));
    if (fd < 0)
        return problem_errno(problem, "file", path, "cannot open %s", path);
    struct stat status;
    int error = fstat(fd, &status);
    if (!error && !S_ISREG(status.st_mode)) {
        error = problem_set(problem, "file", path, "%s is not a regular file", path);
    } else if (!error && secret && (status.st_mode & 077 || !is_ours(status.st_uid))) {
        error = refuse_mode(path, &status,
            "holds a secret and must belong to this user or root with mode 0400 or 0600", problem);
    } else if (!error && keeping == TRUSTED &&
               (status.st_mode & 022 || (status.st_uid != 0 && status.st_uid != geteuid()))) {
        error = refuse_mode(path, &status, "must belong to root and be writable by nobody else (0644)", problem);
    } else if (error || read_all(fd, limit_bytes, ret_data, ret_bytes)) {
        error = problem_errno(problem, "file", path, "cannot read %s (at most %zu bytes)", path, limit_bytes);
    }
    close(fd);
    return error;
}

int file_read(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *problem)
{
    return read_checked(path, limit_bytes, ANYHOW, ret_data, ret_bytes, problem);
}

bool file_absent(const char *path)
{
    return access(path, F_OK) && errno == ENOENT;
}

int file_read_if_any(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *problem)
{
    return file_absent(path) ? 1 : file_read(path, limit_bytes, ret_data, ret_bytes, problem);
}

int file_read_secret(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *problem)
{
    return read_checked(path, limit_bytes, SECRET, ret_data, ret_bytes, problem);
}

int file_read_trusted(const char *path, size_t limit_bytes, char **ret_text, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (read_checked(path, limit_bytes, TRUSTED, &text, &bytes, problem))
        return -1;
    if (strlen(text) < bytes) {
        free(text);
        return problem_set(problem, "file", path, "%s holds a NUL byte", path);
    }
    *ret_text = text;
    return 0;
}

static int write_all(int fd, const char *data, size_t bytes)
{
    while (bytes) {
        ssize_t count = write(fd, data, bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        data += count;
        bytes -= (size_t)count;
    }
    return 0;
}

int dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int error = fsync(fd), number = errno;
    close(fd);
    errno = number;
    return error;
}

static int sync_directory_of(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof(copy), "%s", path);
    return dir_sync(dirname(copy));
}

int file_write(const char *path, const void *data, size_t bytes, mode_t mode, struct problem *problem)
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
        return problem_set(problem, "file", path, "path too long");
    /* What an earlier attempt left, or somebody put there for us to write into. */
    unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return problem_errno(problem, "file", path, "cannot create %s", beside);
    int error = fchmod(fd, mode) || write_all(fd, data, bytes) || fsync(fd);
    if (error)
        problem_errno(problem, "file", path, "cannot write %s", beside);
    if (close(fd) && !error)
        error = problem_errno(problem, "file", path, "cannot write %s", beside);
    if (!error && (rename(beside, path) || sync_directory_of(path)))
        error = problem_errno(problem, "file", path, "cannot replace %s", path);
    if (error) {
        unlink(beside);
        return -1;
    }
    return 0;
}

int dir_make(const char *path, mode_t mode, struct problem *problem)
{
    if (mkdir(path, mode) && errno != EEXIST)
        return problem_errno(problem, "file", path, "cannot make directory %s", path);
    if (chmod(path, mode))
        return problem_errno(problem, "file", path, "cannot set the mode of %s", path);
    return 0;
}
