#include "lib/tlog/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/problem.h"

int tlog_directory_open(const char *path, struct tlog_directory *ret, struct problem *problem)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return problem_errno(problem, errno == ENOENT ? "absent" : "file", path, "cannot open the log in %s", path);
    uint8_t *bytes = malloc(TLOG_BUNDLE_BYTES + 1);
    if (!bytes) {
        close(fd);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    *ret = (struct tlog_directory){ fd, bytes };
    return 0;
}

void tlog_directory_close(struct tlog_directory *directory)
{
    if (!directory->bytes)
        return;
    close(directory->fd);
    free(directory->bytes);
    *directory = (struct tlog_directory){ .fd = -1 };
}

/* Up to room bytes; more than that, too, is an error. */
static ssize_t read_file(int directory, const char *name, void *data, size_t room)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t length = 0;
    ssize_t count = 0;
    char more;
    if (fd < 0)
        return -1;
    while (length < room && (count = read(fd, (char *)data + length, room - length)) > 0)
        length += (size_t)count;
    if (count >= 0 && length == room && read(fd, &more, 1) > 0) {
        errno = EFBIG;
        count = -1;
    }
    int error = errno;
    close(fd);
    errno = error;
    return count < 0 ? -1 : (ssize_t)length;
}

int tlog_directory_text(const struct tlog_directory *directory, const char *name, size_t limit_bytes, char **ret_data,
    size_t *ret_bytes, struct problem *problem)
{
    char *data = malloc(limit_bytes + 1);
    ssize_t length = data ? read_file(directory->fd, name, data, limit_bytes) : -1;
    if (length < 0) {
        problem_errno(problem, errno == ENOENT ? "absent" : "file", name, "cannot read %s", name);
        free(data);
        return -1;
    }
    data[length] = '\0';
    *ret_data = data;
    *ret_bytes = (size_t)length;
    return 0;
}

static int read_tile(
    void *arg, const struct tlog_tile *tile, const uint8_t **ret, size_t *ret_bytes, struct problem *problem)
{
    struct tlog_directory *directory = arg;
    struct tlog_tile full = *tile;
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(tile, path);
    ssize_t length = read_file(directory->fd, path, directory->bytes, TLOG_BUNDLE_BYTES);
    if (length < 0 && errno == ENOENT && tile->width < TLOG_TILE_WIDTH) {
        char full_path[TLOG_PATH_BYTES];
        full.width = TLOG_TILE_WIDTH;
        tlog_tile_path(&full, full_path);
        length = read_file(directory->fd, full_path, directory->bytes, TLOG_BUNDLE_BYTES);
    }
    if (length < 0)
        return problem_errno(problem, errno == ENOENT ? "absent" : "file", path, "cannot read %s", path);
    *ret = directory->bytes;
    *ret_bytes = (size_t)length;
    return 0;
}

struct tlog_source tlog_directory_source(struct tlog_directory *directory, uint64_t size)
{
    return (struct tlog_source){ size, read_tile, directory };
}
