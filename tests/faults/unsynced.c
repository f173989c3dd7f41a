#include "tests/faults/unsynced.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHANGES_MAX 4096 /* of files that nobody syncs the oldest count as durable some day, as in the kernel */
#define KEPT_BYTES_MAX (8u << 20)
#define SECTOR 512

enum kind { DATA, CREATED, RENAMED, REMOVED };

/* What stood there before: enough to take it back. */
struct change {
    enum kind kind;
    uint64_t number;
    char path[PATH_MAX / 8], to[PATH_MAX / 8];
    bool folder;
    mode_t mode;
    uint64_t at, size;  /* DATA: where; the file's length before */
    size_t bytes, kept; /* DATA: of the change; of those that stood there before, or of the file that goes */
    char *before;
};

static struct change changes[CHANGES_MAX];
static size_t n_changes;
static uint64_t next_number = 1;

static void forget(size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        free(changes[i].before);
    memmove(&changes[first], &changes[first + n], (n_changes - first - n) * sizeof(*changes));
    n_changes -= n;
}

static struct change *note(enum kind kind, const char *path)
{
    if (n_changes == CHANGES_MAX)
        forget(0, CHANGES_MAX / 4);
    struct change *change = &changes[n_changes++];
    *change = (struct change){ .kind = kind, .number = next_number++ };
    snprintf(change->path, sizeof(change->path), "%s", path);
    return change;
}

static void keep(struct change *change, const char *path, uint64_t at, size_t bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    change->before = bytes <= KEPT_BYTES_MAX ? malloc(bytes + 1) : NULL;
    if (fd >= 0 && change->before) {
        ssize_t got = pread(fd, change->before, bytes, (off_t)at);
        change->kept = got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
}

/* A whole file that will be gone. */
static void keep_file(struct change *change, const char *path)
{
    struct stat status;
    if (stat(path, &status))
        return;
    change->mode = status.st_mode & 07777;
    change->folder = S_ISDIR(status.st_mode);
    if (!change->folder)
        keep(change, path, 0, (size_t)status.st_size);
}

void unsynced_data(const char *path, uint64_t at, size_t bytes)
{
    struct stat status;
    struct change *change = note(DATA, path);
    change->at = at;
    change->bytes = bytes;
    change->size = stat(path, &status) ? 0 : (uint64_t)status.st_size;
    if (at < change->size && bytes)
        keep(change, path, at, bytes < change->size - at ? bytes : (size_t)(change->size - at));
}

void unsynced_created(const char *path)
{
    note(CREATED, path);
}

/* Of a file that is replaced or removed: what it held is kept with that. */
static void forget_data(const char *path)
{
    for (size_t i = n_changes; i--;) {
        if (changes[i].kind == DATA && !strcmp(changes[i].path, path))
            forget(i, 1);
    }
}

void unsynced_removed(const char *path)
{
    keep_file(note(REMOVED, path), path);
    forget_data(path);
}

static void move_paths(size_t n, const char *from, const char *to)
{
    for (size_t i = 0; i < n; i++) {
        if (changes[i].kind == DATA && !strcmp(changes[i].path, from))
            snprintf(changes[i].path, sizeof(changes[i].path), "%s", to);
    }
}

void unsynced_renamed(const char *from, const char *to)
{
    struct change *change = note(RENAMED, from);
    snprintf(change->to, sizeof(change->to), "%s", to);
    keep_file(change, to);
    forget_data(to);
    move_paths(n_changes, from, to);
}

uint64_t unsynced_now(void)
{
    return next_number;
}

/* Is this the folder of the path? */
static bool holds(const char *folder, const char *path)
{
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && path[length] == '/' && !strchr(path + length + 1, '/');
}

void unsynced_synced(const char *path, uint64_t before)
{
    for (size_t i = n_changes; i--;) {
        const struct change *change = &changes[i];
        bool covered = change->kind == DATA ? !strcmp(change->path, path) : holds(path, change->path);
        if (covered && change->number < before)
            forget(i, 1);
    }
}

void unsynced_all_synced(uint64_t before)
{
    for (size_t i = n_changes; i--;) {
        if (changes[i].number < before)
            forget(i, 1);
    }
}

enum part { NONE, SOME, ALL };

static bool either(unsigned *seed)
{
    return rand_r(seed) >> 8 & 1;
}

static void put_back(const struct change *change, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, change->mode);
    if (fd >= 0 && change->kept && write(fd, change->before, change->kept) < 0)
        perror(path);
    if (fd >= 0)
        close(fd);
}

static void take_back_name(size_t index)
{
    const struct change *change = &changes[index];
    if (change->kind == CREATED) {
        if (unlink(change->path))
            rmdir(change->path);
    } else if (change->kind == REMOVED && change->folder) {
        mkdir(change->path, change->mode);
    } else if (change->kind == REMOVED) {
        put_back(change, change->path);
    } else if (!rename(change->to, change->path)) {
        move_paths(index, change->to, change->path);
        if (change->mode)
            put_back(change, change->to);
    }
}

/* One sector, or what of it was written. */
static void take_back_sector(const struct change *change, int fd, size_t from, size_t bytes)
{
    char before[SECTOR] = { 0 };
    if (from < change->kept)
        memcpy(before, change->before + from, bytes < change->kept - from ? bytes : change->kept - from);
    if (pwrite(fd, before, bytes, (off_t)(change->at + from)) < 0)
        perror(change->path);
}

static void take_back_data(const struct change *change, enum part part, unsigned *seed)
{
    int fd = part == NONE ? -1 : open(change->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t from = 0, bytes; from < change->bytes; from += bytes) {
        bytes = SECTOR - (change->at + from) % SECTOR;
        if (bytes > change->bytes - from)
            bytes = change->bytes - from;
        if (part == ALL || either(seed))
            take_back_sector(change, fd, from, bytes);
    }
    if (change->at + change->bytes > change->size && (part == ALL || either(seed)) &&
        ftruncate(fd, (off_t)change->size))
        perror(change->path);
    close(fd);
}

void unsynced_cut(unsigned seed)
{
    enum part data = (enum part)(rand_r(&seed) % 3), names = (enum part)(rand_r(&seed) % 3);
    size_t n_names = 0;
    for (size_t i = 0; i < n_changes; i++)
        n_names += changes[i].kind != DATA;
    if (data == NONE && names == NONE)
        data = ALL; /* else it were a kill */
    size_t lost = names == NONE ? 0 : names == ALL || !n_names ? n_names : (size_t)rand_r(&seed) % n_names;
    for (size_t i = n_changes; i--;) {
        if (changes[i].kind == DATA) {
            take_back_data(&changes[i], data, &seed);
        } else if (lost) {
            take_back_name(i);
            lost--;
        }
    }
}

void unsynced_lose(const char *path)
{
    unsigned seed = 0;
    for (size_t i = n_changes; i--;) {
        if (changes[i].kind == DATA && !strcmp(changes[i].path, path)) {
            take_back_data(&changes[i], ALL, &seed);
            forget(i, 1);
        }
    }
}
