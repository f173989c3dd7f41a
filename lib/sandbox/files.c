/* Landlock by raw system calls: Debian 12's libc has no wrappers. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/problem.h"
#include "lib/sandbox/parts.h"
#include "lib/sandbox/sandbox.h"

/* Since ABI 3 (Linux 6.2); Debian 12's header ends at 6.1. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define OF_FILES                                                                                                       \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |                       \
        LANDLOCK_ACCESS_FS_TRUNCATE)
#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* Neither executables nor devices, pipes and symbolic links: no service makes any. */
#define WRITING                                                                                                        \
    (READING | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_REMOVE_FILE |          \
        LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                    \
        LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER)

/* What libraries read at any time: SQLite its randomness, libc the time zone, names and addresses. */
static const char *const always_readable[] = { "/dev/urandom", "/etc/localtime", "/usr/share/zoneinfo",
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", NULL };

/* Every right that this kernel can govern: what is not governed stays allowed. */
static uint64_t governed(int abi)
{
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (abi >= 2)
        all |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return all;
}

static int allow(int ruleset, uint64_t rights, const char *path, struct problem *problem)
{
    struct stat found;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return problem_errno(problem, "sandbox", path, "cannot open %s", path);
    int done = fstat(fd, &found);
    if (done == 0) {
        struct landlock_path_beneath_attr rule = {
            .allowed_access = S_ISDIR(found.st_mode) ? rights : rights & OF_FILES,
            .parent_fd = fd,
        };
        done = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    int error = errno;
    close(fd);
    errno = error;
    return done == 0 ? 0 : problem_errno(problem, "sandbox", path, "cannot allow %s", path);
}

/* A link leads to what another process keeps, and replaces (resolv.conf, to systemd-resolved's): the files of that folder,
 * or names would be found no more once it did. */
static int allow_kept(int ruleset, uint64_t all, const char *path, struct problem *problem)
{
    char real[PATH_MAX];
    struct stat found;
    if (allow(ruleset, READING & all, path, problem) != 0)
        return -1;
    if (lstat(path, &found) != 0 || !S_ISLNK(found.st_mode) || realpath(path, real) == NULL ||
        !strncmp(real, "/etc/", 5))
        return 0;
    *strrchr(real, '/') = '\0';
    return *real ? allow(ruleset, LANDLOCK_ACCESS_FS_READ_FILE & all, real, problem) : 0;
}

static int allow_all(int ruleset, uint64_t all, const struct sandbox *sandbox, struct problem *problem)
{
    for (const char *const *path = sandbox->writable; path != NULL && *path != NULL; path++)
        if (allow(ruleset, WRITING & all, *path, problem) != 0)
            return -1;
    for (const char *const *path = sandbox->readable; path != NULL && *path != NULL; path++)
        if (allow(ruleset, READING & all, *path, problem) != 0)
            return -1;
    /* Not every machine has each of these, and nothing fails without them. */
    for (const char *const *path = always_readable; *path != NULL; path++)
        if (access(*path, F_OK) == 0 && allow_kept(ruleset, all, *path, problem) != 0)
            return -1;
    return 0;
}

int sandbox_files(const struct sandbox *sandbox, struct problem *problem)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        log_warning("sandbox.no-landlock", LOG_TEXT("meaning", "this kernel cannot confine the service to its files"));
        return 0;
    }
    struct landlock_ruleset_attr attr = { .handled_access_fs = governed(abi) };
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
    if (ruleset < 0)
        return problem_errno(problem, "sandbox", "landlock", "cannot create a Landlock ruleset");
    int done = allow_all(ruleset, attr.handled_access_fs, sandbox, problem);
    if (done == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        done = problem_errno(problem, "sandbox", "landlock", "cannot enforce the Landlock ruleset");
    close(ruleset);
    return done;
}
