#include "services/ingest/files/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/http/http.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "services/ingest/https.h"
#include "services/ingest/ingest.h"

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

static int append(int fd, const char *part, const char *sha256, uint64_t bytes, uint64_t offset, const void *piece,
    size_t piece_bytes, uint64_t *ret_offset, struct problem *problem)
{
    struct stat found;
    if (fstat(fd, &found))
        return problem_errno(problem, "file", part, "cannot look at the file");
    *ret_offset = (uint64_t)found.st_size;
    if (offset != (uint64_t)found.st_size || offset + piece_bytes > bytes)
        return 0;
    if (pwrite(fd, piece, piece_bytes, found.st_size) != (ssize_t)piece_bytes)
        return problem_errno(problem, "file", part, "cannot keep the file");
    *ret_offset = offset + piece_bytes;
    if (*ret_offset < bytes)
        return 0;
    return fsync(fd) ? problem_errno(problem, "file", part, "cannot keep the file") : complete(part, sha256, problem);
}

int files_put(const char *sha256, uint64_t bytes, uint64_t offset, const void *piece, size_t piece_bytes,
    uint64_t *ret_offset, struct problem *problem)
{
    char path[PATH_BYTES], part[PATH_BYTES];
    path_of(sha256, "", path);
    path_of(sha256, ".part", part);
    if (!access(path, F_OK)) {
        utimensat(AT_FDCWD, path, NULL, 0); /* the document that names it is still to come */
        *ret_offset = bytes;
        return 0;
    }
    if (bytes > FILES_FILE_BYTES_MAX)
        return problem_set(problem, "too-large", "file_bytes", "a file has at most %u bytes", FILES_FILE_BYTES_MAX);
    if (access(part, F_OK) && count() >= FILES_MAX)
        return problem_set(problem, "files-full", "", "%d files are here already", FILES_MAX);
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_errno(problem, "file", part, "cannot keep the file");
    int error = append(fd, part, sha256, bytes, offset, piece, piece_bytes, ret_offset, problem);
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

void serve_file_put(struct bus_request *request, const struct call_file_put *in)
{
    struct call_file_put_reply reply;
    struct problem problem;
    size_t length = strlen(in->data), bytes = 0;
    uint8_t *piece = malloc(length + 1);
    int error = 0;
    if (!piece)
        error = problem_set(&problem, "no-memory", "", "no memory for a piece of a file");
    else if (crypto_unbase64(in->data, length, piece, length + 1, &bytes))
        error = problem_set(&problem, "bad-field", "data", "data must be base64");
    else
        error = files_put(in->file_sha256, in->file_bytes, in->offset, piece, bytes, &reply.offset, &problem);
    free(piece);
    if (error)
        bus_refuse(request, &problem);
    else
        answer_file_put(request, &reply);
}

/* *ret_data is the caller's to free, whatever is returned. */
static int read_piece(
    const char *sha256, uint64_t offset, size_t most, uint64_t *ret_bytes, char **ret_data, struct problem *problem)
{
    static uint8_t piece[FILES_PIECE_BYTES];
    size_t bytes;
    *ret_data = malloc(BASE64_BYTES(FILES_PIECE_BYTES));
    if (!*ret_data)
        return problem_set(problem, "no-memory", "", "no memory for a piece of a file");
    if (files_get(sha256, offset, most, piece, &bytes, ret_bytes, problem))
        return -1;
    crypto_base64(piece, bytes, *ret_data);
    return 0;
}

void serve_file_get(struct bus_request *request, const struct call_file_get *in)
{
    struct call_file_get_reply reply;
    struct problem problem;
    char *data;
    if (read_piece(in->file_sha256, in->offset, in->wanted_bytes, &reply.file_bytes, &data, &problem)) {
        bus_refuse(request, &problem);
    } else {
        reply.data = data;
        answer_file_get(request, &reply);
    }
    free(data);
}

static void answer_piece(struct http_request *request, const struct call_agent_file *in)
{
    struct call_agent_file_reply reply;
    struct problem problem;
    char *data;
    if (read_piece(in->file_sha256, in->offset, FILES_PIECE_BYTES, &reply.file_bytes, &data, &problem)) {
        https_refuse(request, &problem);
    } else {
        reply.data = data;
        https_answer(request, &call_agent_file_reply_shape, &reply);
    }
    free(data);
}

void take_piece(struct ingest *ingest, struct http_request *request)
{
    struct call_agent_file in;
    struct problem problem;
    json_t *json;
    if (https_read(ingest, request, &call_agent_file_shape, &in, &json, &problem)) {
        https_refuse(request, &problem);
        return;
    }
    answer_piece(request, &in);
    json_decref(json);
}
