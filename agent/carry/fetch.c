#include "agent/carry/fetch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/carry/answers.h"
#include "agent/carry/exchange.h"
#include "agent/carry/http.h"
#include "agent/fetched.h"
#include "contract.h"
#include "lib/message.h"
#include "lib/problem.h"

#define PIECES_MAX 4096 /* of a file; whatever the server says, this ends */

static int append(int fd, const char *data, uint64_t offset, uint64_t *ret_offset, struct problem *problem)
{
    size_t length = strlen(data), bytes = 0;
    uint8_t *piece = malloc(length + 1);
    int error = piece ? 0 : problem_set(problem, "no-memory", "", "no memory for a piece of a file");
    if (!error &&
        (crypto_unbase64(data, length, piece, length + 1, &bytes) || !bytes || offset + bytes > FETCHED_FILE_BYTES_MAX))
        error = problem_set(problem, "bad-answer", "data", "the server sent what is no piece of a file");
    if (!error && pwrite(fd, piece, bytes, (off_t)offset) != (ssize_t)bytes)
        error = problem_errno(problem, "file", "", "cannot keep a piece of a file");
    free(piece);
    *ret_offset = offset + bytes;
    return error;
}

/* 1: all of it is here. */
static int fetch_piece(struct exchange *exchange, const char *sha256, int fd, uint64_t *offset, struct problem *problem)
{
    const struct call_agent_file ask = { .agent = exchange->identity.agent, .file_sha256 = sha256, .offset = *offset };
    struct call_agent_file_reply reply;
    struct answer answer = { 0 };
    json_t *json = NULL;
    int error = exchange_ask(exchange, "/v1/file", &call_agent_file_shape, &ask, &answer, problem) ||
                !(json = answer_body(&answer, problem)) ||
                message_decode(&call_agent_file_reply_shape, json, &reply, problem) ||
                append(fd, reply.data, *offset, offset, problem);
    int ended = !error && *offset >= reply.file_bytes;
    json_decref(json);
    answer_free(&answer);
    return error ? -1 : ended;
}

static int fetch_one(struct exchange *exchange, const char *sha256, struct problem *problem)
{
    char part[FETCHED_PATH_BYTES];
    struct stat found;
    fetched_path(sha256, ".part", part);
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), step = 0;
    if (fd < 0 || fstat(fd, &found)) {
        if (fd >= 0)
            close(fd);
        return problem_errno(problem, "file", part, "cannot keep a file");
    }
    uint64_t offset = (uint64_t)found.st_size;
    for (unsigned i = 0; !step && i < PIECES_MAX; i++)
        step = fetch_piece(exchange, sha256, fd, &offset, problem);
    int error = step < 0 || fsync(fd) ? -1 : 0;
    close(fd);
    return error ? -1 : fetched_complete(sha256, problem);
}

int fetch_wanted(struct exchange *exchange, void (*arrived)(void), struct problem *problem)
{
    static char wanted[FETCHED_WANTED_MAX][FETCHED_HASH_BYTES];
    size_t n = fetched_wanted(wanted);
    for (size_t i = 0; i < n; i++) {
        if (!fetch_one(exchange, wanted[i], problem))
            arrived();
        else if (strcmp(problem->code, "not-found"))
            return -1;
    }
    return 0;
}
