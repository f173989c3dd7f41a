#include "cli/keyserver/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/message/message.h"
#include "lib/problem.h"

static void hash(const char *line, size_t bytes, char ret[HEX_BYTES(SHA256_BYTES)])
{
    uint8_t sha256[SHA256_BYTES];
    crypto_sha256(line, bytes, sha256);
    crypto_hex(sha256, sizeof(sha256), ret);
}

static int write_all(int fd, const char *data, size_t bytes)
{
    while (bytes) {
        ssize_t n = write(fd, data, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        bytes -= (size_t)n;
    }
    return 0;
}

/* The last line, whose end may be missing. */
static int take_end(struct record *record)
{
    char text[RECORD_LINE_BYTES + 2];
    off_t end = lseek(record->fd, 0, SEEK_END), from = end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : 0;
    ssize_t bytes = end < 0 ? -1 : pread(record->fd, text, (size_t)(end - from), from);
    if (bytes < 0)
        return -1;
    if (bytes && text[bytes - 1] != '\n' && write_all(record->fd, "\n", 1))
        return -1;
    bytes -= bytes && text[bytes - 1] == '\n';
    const char *line = bytes ? memrchr(text, '\n', (size_t)bytes) : NULL;
    line = line ? line + 1 : text;
    hash(line, (size_t)(text + bytes - line), record->before);
    return 0;
}

int record_open(struct record *record, const char *path, struct problem *problem)
{
    record->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (record->fd < 0)
        return problem_errno(problem, "file", path, "cannot open %s", path);
    if (!take_end(record))
        return 0;
    problem_errno(problem, "file", path, "cannot read the end of %s", path);
    record_close(record);
    return -1;
}

void record_close(struct record *record)
{
    close(record->fd);
}

int record_add(struct record *record, json_t *fields, int64_t now_ms, struct problem *problem)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, now_ms);
    json_object_set_new(fields, "time", json_string(time));
    json_object_set_new(fields, "before", json_string(record->before));
    char *text = message_text(fields, JSON_COMPACT);
    size_t bytes = text ? strlen(text) : 0;
    json_decref(fields);
    int error = 0;
    if (!text || bytes > RECORD_LINE_BYTES)
        error = problem_set(problem, "no-memory", "", "no memory for a line of the record");
    else if (text[bytes] = '\n', write_all(record->fd, text, bytes + 1) || fsync(record->fd))
        error = problem_errno(problem, "file", "", "cannot write the record");
    else
        hash(text, bytes, record->before);
    free(text);
    return error;
}
