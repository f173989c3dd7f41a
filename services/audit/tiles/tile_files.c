#include "services/audit/tiles/tile_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"

#define FILE_MODE 0640 /* the portal's group reads */
#define FOLDER_MODE 0750

static const char *code_of(int error)
{
    if (error == ENOSPC || error == EDQUOT)
        return "disk-full";
    return error == EMFILE || error == ENFILE ? "no-descriptors" : "tiles";
}

bool tile_files_held_up(const struct problem *problem)
{
    return !strcmp(problem->code, "disk-full") || !strcmp(problem->code, "no-descriptors");
}

static int refuse(const struct tile_files *files, const char *path, const char *what, struct problem *problem)
{
    return problem_errno(problem, code_of(errno), path, "cannot %s %s/%s", what, files->directory, path);
}

int tile_files_open(const char *directory, struct tile_files *ret, struct problem *problem)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return problem_errno(problem, code_of(errno), directory, "cannot open %s", directory);
    *ret = (struct tile_files){ .directory = directory, .fd = fd };
    return 0;
}

static void forget_unsynced(struct tile_files *files)
{
    while (files->n_written)
        close(files->written[--files->n_written]);
    files->n_folders = 0;
}

void tile_files_close(struct tile_files *files)
{
    forget_unsynced(files);
    if (files->directory)
        close(files->fd);
    *files = (struct tile_files){ .fd = -1 };
}

static int sync_folder(const struct tile_files *files, const char *path)
{
    int fd = openat(files->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || fsync(fd);
    int number = errno;
    if (fd >= 0)
        close(fd);
    errno = number;
    return error ? -1 : 0;
}

int tile_files_sync(struct tile_files *files, struct problem *problem)
{
    /* It tells of errors of any file since Linux 5.8. */
    if (files->many && syncfs(files->fd))
        return refuse(files, ".", "sync", problem);
    for (unsigned i = 0; i < files->n_written && !files->many; i++) {
        if (fsync(files->written[i]))
            return refuse(files, ".", "sync", problem);
    }
    for (unsigned i = 0; i < files->n_folders && !files->many; i++) {
        if (sync_folder(files, files->folders[i]))
            return refuse(files, files->folders[i], "sync", problem);
    }
    forget_unsynced(files);
    files->many = false;
    return 0;
}

static void note_many(struct tile_files *files)
{
    forget_unsynced(files);
    files->many = true;
}

/* The folder in which path stands has a new name. */
static void note_folder(struct tile_files *files, const char *path)
{
    char folder[TLOG_PATH_BYTES] = ".";
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    for (unsigned i = 0; i < files->n_folders; i++) {
        if (!strcmp(files->folders[i], folder))
            return;
    }
    if (files->n_folders == TILE_FOLDERS_FEW)
        note_many(files);
    if (!files->many)
        memcpy(files->folders[files->n_folders++], folder, sizeof(folder));
}

/* Takes the descriptor of a file that was written. */
static void note_written(struct tile_files *files, int fd)
{
    if (files->n_written == TILE_FILES_FEW)
        note_many(files);
    if (files->many)
        close(fd);
    else
        files->written[files->n_written++] = fd;
}

static int make_folders(struct tile_files *files, const char *path, struct problem *problem)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        char folder[TLOG_PATH_BYTES];
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
        if (!mkdirat(files->fd, folder, FOLDER_MODE))
            note_folder(files, folder);
        else if (errno != EEXIST)
            return refuse(files, folder, "make", problem);
    }
    return 0;
}

/* The open file; -1 + problem. */
static int write_file(
    struct tile_files *files, const char *path, const char *data, size_t bytes, struct problem *problem)
{
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    int fd = openat(files->fd, path, flags, FILE_MODE);
    if (fd < 0 && errno == ENOENT) {
        if (make_folders(files, path, problem))
            return -1;
        fd = openat(files->fd, path, flags, FILE_MODE);
    }
    if (fd < 0)
        return refuse(files, path, "make", problem);
    ssize_t written = 0;
    while (bytes && (written = write(fd, data, bytes)) > 0) {
        data += written;
        bytes -= (size_t)written;
    }
    if (bytes) {
        refuse(files, path, "write", problem);
        close(fd);
        return -1;
    }
    return fd;
}

int tile_files_write(
    struct tile_files *files, const struct tlog_tile *tile, const void *data, size_t bytes, struct problem *problem)
{
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(tile, path);
    int fd = write_file(files, path, data, bytes, problem);
    if (fd < 0)
        return -1;
    /* Those of a round go to the disk one by one, each when the last one is there: a commit never waits behind many. */
    if (tile->width == TLOG_TILE_WIDTH)
        sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    note_folder(files, path);
    note_written(files, fd);
    return 0;
}

int tile_files_replace(
    struct tile_files *files, const char *name, const void *data, size_t bytes, struct problem *problem)
{
    char beside[TLOG_PATH_BYTES];
    snprintf(beside, sizeof(beside), "%s.new", name);
    int fd = write_file(files, beside, data, bytes, problem);
    if (fd < 0)
        return -1;
    int error = fsync(fd) ? refuse(files, beside, "sync", problem) : 0;
    close(fd);
    if (!error && (renameat(files->fd, beside, files->fd, name) || sync_folder(files, ".")))
        error = refuse(files, name, "replace", problem);
    return error;
}

void tile_files_drop_partials(struct tile_files *files, int level, uint64_t number)
{
    const struct tlog_tile full = { level, TLOG_TILE_WIDTH, number };
    char path[TLOG_PATH_BYTES + 2];
    tlog_tile_path(&full, path);
    strcat(path, ".p");
    int fd = openat(files->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] != '.')
            unlinkat(fd, entry->d_name, 0);
    }
    closedir(folder);
    unlinkat(files->fd, path, AT_REMOVEDIR);
}

int tile_files_remove(struct tile_files *files, uint64_t number, struct problem *problem)
{
    const struct tlog_tile bundle = { TLOG_BUNDLE, TLOG_TILE_WIDTH, number };
    char path[TLOG_PATH_BYTES];
    tile_files_drop_partials(files, TLOG_BUNDLE, number);
    tlog_tile_path(&bundle, path);
    if (unlinkat(files->fd, path, 0))
        return errno == ENOENT ? 0 : refuse(files, path, "delete", problem);
    note_folder(files, path);
    return 0;
}
