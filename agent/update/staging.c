#include "agent/update/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/helper.h"
#include "agent/programs.h"
#include "lib/files.h"
#include "lib/package.h"
#include "lib/problem.h"

#define FRESH ".fresh" /* what is being laid out */
#define PROGRAM_BYTES_MAX (32u << 20)
#define VERSION_LIMIT_MS 10000
#define VERSION_LINE_BYTES 128

/* A folder of files and all in it; harmless if there is none. */
static void remove_folder(int folder, const char *name)
{
    int at = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *open = at >= 0 ? fdopendir(at) : NULL;
    for (struct dirent *one; open && (one = readdir(open));)
        unlinkat(at, one->d_name, 0);
    if (open)
        closedir(open);
    else if (at >= 0)
        close(at);
    unlinkat(folder, name, AT_REMOVEDIR);
}

/* All versions but that one. Links stay. */
static void remove_others(int folder, const char *keep)
{
    int copy = dup(folder);
    DIR *open = copy >= 0 ? fdopendir(copy) : NULL;
    if (open)
        rewinddir(open);
    for (struct dirent *one; open && (one = readdir(open));) {
        uint64_t version;
        if (!version_parse(one->d_name, &version) && strcmp(one->d_name, keep))
            remove_folder(folder, one->d_name);
    }
    if (open)
        closedir(open);
    else if (copy >= 0)
        close(copy);
}

static int write_program(int fresh, const char *name, const void *data, size_t bytes, struct problem *problem)
{
    int fd = openat(fresh, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
    int error = fd < 0 || fchmod(fd, 0755) || write(fd, data, bytes) != (ssize_t)bytes || fsync(fd);
    if (error)
        problem_errno(problem, "no-room", name, "cannot write %s", name);
    if (fd >= 0)
        close(fd);
    return error ? -1 : 0;
}

static int write_package(int fresh, const struct package *package, struct problem *problem)
{
    for (const char *const *name = programs; *name; name++) {
        const struct package_file *file = package_find(package, *name);
        if (!file)
            return problem_set(problem, "bad-package", *name, "the package has no %s", *name);
        if (write_program(fresh, *name, file->data, file->bytes, problem))
            return -1;
    }
    return 0;
}

/* It is only asked what every version answers, however different it may be otherwise. */
static int ask_version(const char *folder, const char *name, const struct package *package, struct problem *problem)
{
    char path[PATH_MAX], line[VERSION_LINE_BYTES], version[VERSION_BYTES], platform[VERSION_BYTES];
    programs_path(folder, FRESH, name, path);
    char *const argv[] = { path, (char *)"--version", NULL };
    if (helper_ask(path, argv, VERSION_LIMIT_MS, line, sizeof(line)) ||
        version_line_parse(line, name, version, platform) || strcmp(version, package->version) ||
        strcmp(platform, package->platform))
        return problem_set(problem, "bad-package", name, "%s of the package is not version %s for %s", name,
            package->version, package->platform);
    return 0;
}

/* The others are executed by these for one thing each. */
static int ask_versions(const char *folder, const struct package *package, struct problem *problem)
{
    static const char *const asked[] = { "vedette-agent", "vedette-agent-carry", "vedette-agent-work" };
    for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
        if (ask_version(folder, asked[i], package, problem))
            return -1;
    }
    return 0;
}

/* Under its own name from now on. */
static int settle(int folder, int fresh, const char *version, struct problem *problem)
{
    remove_folder(folder, version);
    if (fsync(fresh) || renameat(folder, FRESH, folder, version) || fsync(folder))
        return problem_errno(problem, "no-room", version, "cannot keep version %s", version);
    return 0;
}

static int open_fresh(const char *folder, int *ret_folder, int *ret_fresh, struct problem *problem)
{
    if (mkdir(folder, 0755) && errno != EEXIST)
        return problem_errno(problem, "no-room", folder, "cannot make %s", folder);
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fresh = -1;
    if (at >= 0) {
        remove_folder(at, FRESH);
        mkdirat(at, FRESH, 0755);
        fresh = openat(at, FRESH, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fresh < 0 || fchmod(fresh, 0755)) {
        problem_errno(problem, "no-room", folder, "cannot make a folder in %s", folder);
        if (fresh >= 0)
            close(fresh);
        if (at >= 0)
            close(at);
        return -1;
    }
    *ret_folder = at;
    *ret_fresh = fresh;
    return 0;
}

int staging_lay_out(const char *folder, const struct package *package, const char *keep, struct problem *problem)
{
    int at, fresh;
    if (open_fresh(folder, &at, &fresh, problem))
        return -1;
    remove_others(at, keep);
    int error = write_package(fresh, package, problem) || ask_versions(folder, package, problem) ||
                settle(at, fresh, package->version, problem);
    if (error)
        remove_folder(at, FRESH);
    close(fresh);
    close(at);
    return error ? -1 : 0;
}

static int copy_program(int fresh, const char *from, const char *name, struct problem *problem)
{
    char path[PATH_MAX], *data;
    size_t bytes;
    snprintf(path, sizeof(path), "%.4000s/%.64s", from, name);
    if (file_read(path, PROGRAM_BYTES_MAX, &data, &bytes, problem))
        return -1;
    int error = write_program(fresh, name, data, bytes, problem);
    free(data);
    return error;
}

int staging_keep_own(const char *folder, struct problem *problem)
{
    char own[PATH_MAX], kept[PATH_MAX], there[PATH_MAX];
    int at, fresh, error = 0;
    snprintf(kept, sizeof(kept), "%.2000s/%.32s", folder, vedette_version);
    if (programs_own(own, problem))
        return -1;
    if (realpath(kept, there) && !strcmp(there, own))
        return 0;
    if (open_fresh(folder, &at, &fresh, problem))
        return -1;
    for (const char *const *name = programs; *name && !error; name++)
        error = copy_program(fresh, own, *name, problem);
    if (!error)
        error = settle(at, fresh, vedette_version, problem);
    close(fresh);
    close(at);
    return error ? -1 : 0;
}
