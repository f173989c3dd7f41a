#include "cli/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/files.h"

#define FILE_LIMIT_BYTES 262144 /* the longest is vedette.conf with everything that people may have written into it */
#define SECRET_LIMIT_BYTES 128  /* a key in hexadecimal and its newline */

int owner_of(const char *user, struct owner *ret, struct problem *problem)
{
    struct owner owner = { geteuid(), getegid() };
    if (owner.uid == 0 && *user) {
        errno = 0;
        const struct passwd *entry = getpwnam(user);
        if (!entry)
            return problem_set(problem, "no-user", user, "there is no user %s on this machine", user);
        owner = (struct owner){ entry->pw_uid, entry->pw_gid };
    }
    *ret = owner;
    return 0;
}

/* Never through a symbolic link: a service could have put one into its own folder. */
static int give(const char *path, const struct owner *owner, struct problem *problem)
{
    if (geteuid() == 0 && lchown(path, owner->uid, owner->gid))
        return problem_errno(problem, "file", path, "cannot give %s to user %u", path, owner->uid);
    return 0;
}

/* The folder of that name. What stands in the state directory itself only root puts there, a link to another disk perhaps;
 * what stands deeper a service could have put there, and a link would lead root elsewhere: such a one is not followed. */
static int open_folder(const char *path)
{
    char first[NAME_MAX + 1];
    size_t length = strcspn(path, "/");
    snprintf(first, sizeof(first), "%.*s", (int)length, path);
    int top = open(first, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0 || !path[length])
        return top;
    const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    int fd = (int)syscall(SYS_openat2, top, path + length + 1, &how, sizeof(how));
    close(top);
    return fd;
}

static int make_folder(const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mkdir(path, 0700) && errno != EEXIST ? -1 : 0;
    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
    int fd = open_folder(parent);
    int error = fd < 0 || (mkdirat(fd, slash + 1, 0700) && errno != EEXIST) ? -1 : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

int keep_directory(const char *path, mode_t mode, const struct owner *owner, struct problem *problem)
{
    int fd = make_folder(path) ? -1 : open_folder(path);
    int error = fd < 0 || (geteuid() == 0 && fchown(fd, owner->uid, owner->gid)) || fchmod(fd, mode)
                    ? problem_errno(problem, "file", path, "cannot make the directory %s and give it to user %u", path,
                          owner->uid)
                    : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

bool keep_has(const char *path)
{
    return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

int keep_write(const char *path, const char *text, mode_t mode, const struct owner *owner, struct problem *problem)
{
    return file_write(path, text, strlen(text), mode, problem) || give(path, owner, problem) ? -1 : 0;
}

int keep_over(const char *path, const char *text, mode_t mode, const struct owner *owner, struct problem *problem)
{
    if (!keep_has(path))
        return keep_write(path, text, mode, owner, problem);
    size_t bytes = strlen(text);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    int error = fd < 0 || write(fd, text, bytes) != (ssize_t)bytes || ftruncate(fd, (off_t)bytes) || fsync(fd);
    if (error)
        problem_errno(problem, "file", path, "cannot write %s", path);
    if (fd >= 0)
        close(fd);
    return error || give(path, owner, problem) ? -1 : 0;
}

char *keep_read(const char *path, struct problem *problem)
{
    char *text;
    size_t bytes;
    return file_read(path, FILE_LIMIT_BYTES, &text, &bytes, problem) ? NULL : text;
}

char *keep_secret(
    const char *path, const struct owner *owner, void (*make)(char *ret, size_t bytes), struct problem *problem)
{
    if (!keep_has(path)) {
        char made[SECRET_LIMIT_BYTES];
        make(made, sizeof(made));
        int error = keep_write(path, made, 0400, owner, problem);
        crypto_forget(made, sizeof(made));
        if (error)
            return NULL;
    }
    char *text;
    size_t bytes;
    if (give(path, owner, problem) || file_read_secret(path, SECRET_LIMIT_BYTES, &text, &bytes, problem))
        return NULL;
    text[strcspn(text, "\n")] = '\0';
    return text;
}
