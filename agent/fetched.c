#include "agent/fetched.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"

#define NUMBER_BYTES 24

int fetched_open(struct problem *problem)
{
    return dir_make(FETCHED_DIR, 0700, problem);
}

void fetched_path(const char *sha256, const char *end, char ret[FETCHED_PATH_BYTES])
{
    snprintf(ret, FETCHED_PATH_BYTES, FETCHED_DIR "/%.64s%s", sha256, end);
}

bool fetched_has(const char *sha256)
{
    char path[FETCHED_PATH_BYTES];
    fetched_path(sha256, "", path);
    return access(path, F_OK) == 0;
}

/* A number in a file; 0: it is not there. */
static uint64_t read_number(const char *sha256, const char *end)
{
    char path[FETCHED_PATH_BYTES], *text;
    size_t bytes;
    fetched_path(sha256, end, path);
    if (file_read(path, NUMBER_BYTES, &text, &bytes, NULL))
        return 0;
    uint64_t number = strtoull(text, NULL, 10);
    free(text);
    return number;
}

static void write_number(const char *sha256, const char *end, uint64_t number)
{
    char path[FETCHED_PATH_BYTES], text[NUMBER_BYTES];
    fetched_path(sha256, end, path);
    int length = snprintf(text, sizeof(text), "%" PRIu64, number);
    file_write(path, text, (size_t)length, 0600, NULL);
}

void fetched_want(const char *sha256, uint64_t bytes)
{
    char path[FETCHED_PATH_BYTES];
    fetched_path(sha256, ".wanted", path);
    /* One that cannot be written is wanted again with the next look. */
    if (access(path, F_OK))
        write_number(sha256, ".wanted", bytes);
}

void fetched_forget(const char *sha256)
{
    static const char *const ends[] = { "", ".part", ".wanted", ".asked" };
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        char path[FETCHED_PATH_BYTES];
        fetched_path(sha256, ends[i], path);
        unlink(path);
    }
}

size_t fetched_wanted(char ret[FETCHED_WANTED_MAX][FETCHED_HASH_BYTES])
{
    DIR *folder = opendir(FETCHED_DIR);
    size_t n = 0;
    for (struct dirent *entry; folder && n < FETCHED_WANTED_MAX && (entry = readdir(folder));) {
        size_t digits = strspn(entry->d_name, "0123456789abcdef");
        if (digits != FETCHED_HASH_BYTES - 1 || strcmp(entry->d_name + digits, ".wanted"))
            continue;
        memcpy(ret[n], entry->d_name, digits);
        ret[n++][digits] = '\0';
    }
    if (folder)
        closedir(folder);
    return n;
}

uint64_t fetched_bytes(const char *sha256)
{
    return read_number(sha256, ".wanted");
}

uint64_t fetched_offset(const char *sha256)
{
    char part[FETCHED_PATH_BYTES];
    struct stat found;
    fetched_path(sha256, ".part", part);
    return lstat(part, &found) ? 0 : (uint64_t)found.st_size;
}

static int append(const char *part, uint64_t offset, const uint8_t *piece, size_t bytes, struct problem *problem)
{
    struct stat found;
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600), error = 0;
    if (fd < 0 || fstat(fd, &found))
        error = problem_errno(problem, "file", part, "cannot keep a file");
    else if ((uint64_t)found.st_size == offset && pwrite(fd, piece, bytes, (off_t)offset) != (ssize_t)bytes)
        error = problem_errno(problem, "file", part, "cannot keep a piece of a file");
    if (fd >= 0)
        close(fd);
    return error;
}

int fetched_append(const char *sha256, uint64_t offset, const char *base64, struct problem *problem)
{
    char part[FETCHED_PATH_BYTES];
    uint64_t wanted = fetched_bytes(sha256);
    size_t length = strlen(base64), bytes = 0;
    uint8_t *piece = malloc(length + 1);
    int error = piece ? 0 : problem_set(problem, "no-memory", "", "no memory for a piece of a file");
    fetched_path(sha256, ".part", part);
    if (!error && (crypto_unbase64(base64, length, piece, length + 1, &bytes) || !bytes || offset > wanted ||
                      bytes > wanted - offset || wanted > FETCHED_FILE_BYTES_MAX))
        error = problem_set(problem, "bad-piece", "data", "what came is no piece of a file that is wanted");
    error = error || append(part, offset, piece, bytes, problem);
    free(piece);
    return error ? -1 : 0;
}

static int sync_part(const char *part)
{
    int fd = open(part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), error = fd < 0 || fsync(fd);
    if (fd >= 0)
        close(fd);
    return error;
}

int fetched_complete(const char *sha256, struct problem *problem)
{
    char part[FETCHED_PATH_BYTES], whole[FETCHED_PATH_BYTES], path[FETCHED_PATH_BYTES];
    fetched_path(sha256, ".part", part);
    fetched_path(sha256, "", whole);
    if (sync_part(part) || rename(part, whole))
        return problem_errno(problem, "file", whole, "cannot keep the file");
    fetched_path(sha256, ".wanted", path);
    unlink(path);
    fetched_path(sha256, ".asked", path);
    unlink(path);
    return 0;
}

bool fetched_may_ask(const char *sha256, int64_t now_ms, uint64_t *ret_offset)
{
    char asked[FETCHED_PATH_BYTES];
    struct stat found;
    *ret_offset = fetched_offset(sha256);
    fetched_path(sha256, ".asked", asked);
    return lstat(asked, &found) || *ret_offset >= read_number(sha256, ".asked") ||
           now_ms - (int64_t)found.st_mtime * 1000 > FETCHED_ASK_AGAIN_MS;
}

void fetched_asked(const char *sha256, uint64_t until)
{
    write_number(sha256, ".asked", until);
}
