#include "services/ingest/files/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"

#define PATH_BYTES (sizeof(FILES_FOLDER) + HEX_BYTES(SHA256_BYTES) + 8)

int files_open(struct problem *problem)
{
    return dir_make(FILES_FOLDER, 0700, problem);
}

static void path_of(const char *sha256, const char *end, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, FILES_FOLDER "/%.64s%s", sha256, end);
}

static unsigned count(void)
{
    unsigned n = 0;
    DIR *folder = opendir(FILES_FOLDER);
    while (folder && readdir(folder))
        n++;
    if (folder)
        closedir(folder);
    return n;
}

/* The whole file is what its name says, durable; or it is gone. */
static int complete(const char *part, const char *sha256, struct problem *problem)
{
    char path[PATH_BYTES], hash[HEX_BYTES(SHA256_BYTES)], *data;
    uint8_t found[SHA256_BYTES];
    size_t bytes;
    if (file_read(part, FILES_FILE_BYTES_MAX, &data, &bytes, problem))
        return -1;
    crypto_sha256(data, bytes, found);
    free(data);
    crypto_hex(found, sizeof(found), hash);
    path_of(sha256, "", path);
    if (strcmp(hash, sha256)) {
        unlink(part);
        return problem_set(problem, "bad-file", "data", "the file that came has another hash");
    }
    return rename(part, path) ? problem_errno(problem, "file", path, "cannot keep the file") : 0;
}

static int append(int fd, const char *part, const struct piece *piece, uint64_t *ret_offset, struct problem *problem)
{
    struct stat found;
    if (fstat(fd, &found))
        return problem_errno(problem, "file", part, "cannot look at the file");
    *ret_offset = (uint64_t)found.st_size;
    if (piece->offset != (uint64_t)found.st_size || piece->offset + piece->bytes > piece->file_bytes)
        return 0;
    if (pwrite(fd, piece->data, piece->bytes, found.st_size) != (ssize_t)piece->bytes)
        return problem_errno(problem, "file", part, "cannot keep the file");
    *ret_offset = piece->offset + piece->bytes;
    if (*ret_offset < piece->file_bytes)
        return 0;
    return fsync(fd) ? problem_errno(problem, "file", part, "cannot keep the file")
                     : complete(part, piece->sha256, problem);
}

int files_put(const struct piece *piece, uint64_t *ret_offset, struct problem *problem)
{
    char path[PATH_BYTES], part[PATH_BYTES];
    path_of(piece->sha256, "", path);
    path_of(piece->sha256, ".part", part);
    if (!access(path, F_OK)) {
        utimensat(AT_FDCWD, path, NULL, 0); /* the document that names it is still to come */
        *ret_offset = piece->file_bytes;
        return 0;
    }
    if (piece->file_bytes > FILES_FILE_BYTES_MAX)
        return problem_set(problem, "too-large", "file_bytes", "a file has at most %u bytes", FILES_FILE_BYTES_MAX);
    if (access(part, F_OK) && count() >= FILES_MAX)
        return problem_set(problem, "files-full", "", "%d files are here already", FILES_MAX);
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_errno(problem, "file", part, "cannot keep the file");
    int error = append(fd, part, piece, ret_offset, problem);
    close(fd);
    return error;
}

int files_get(const char *sha256, uint64_t offset, size_t most, void *piece, size_t *ret_piece_bytes,
    uint64_t *ret_bytes, struct problem *problem)
{
    char path[PATH_BYTES];
    struct stat found;
    path_of(sha256, "", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = -1;
    if (fd >= 0 && !fstat(fd, &found) && offset < (uint64_t)found.st_size)
        length = pread(fd, piece, most < FILES_PIECE_BYTES ? most : FILES_PIECE_BYTES, (off_t)offset);
    if (fd >= 0)
        close(fd);
    if (length < 0)
        return problem_set(problem, "not-found", "file_sha256", "there is no such file here, or not so much of it");
    *ret_piece_bytes = (size_t)length;
    *ret_bytes = (uint64_t)found.st_size;
    return 0;
}
