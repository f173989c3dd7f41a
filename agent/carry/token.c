#include "agent/carry/token.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/options.h"
#include "lib/problem.h"

#define BLANKS " \t\r\n"

/* All of fd, at most room bytes; a pipe gives it in pieces. */
static ssize_t read_all(int fd, char *text, size_t room)
{
    size_t length = 0;
    while (length < room) {
        ssize_t count = read(fd, text + length, room - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (!count)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

static int read_file(const char *path, char *text, size_t room, struct problem *problem)
{
    /* Not file_read: a pipe is welcome here. */
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    if (fd < 0)
        return problem_errno(problem, "no-token", path, "cannot open %s", path);
    ssize_t length = read_all(fd, text, room - 1);
    int error = length < 0 ? problem_errno(problem, "no-token", path, "cannot read %s", path) : 0;
    if (fd != STDIN_FILENO)
        close(fd);
    text[error ? 0 : length] = '\0';
    return error;
}

int token_read(const struct options *options, char ret[TOKEN_TEXT_BYTES], struct problem *problem)
{
    char text[TOKEN_TEXT_BYTES + 16]; /* room for blanks and line ends around it */
    const char *given = options->token;
    if (!options->token == !options->token_file)
        return problem_set(problem, "no-token", "token", "give either --token-file (- for standard input) or --token");
    if (options->token_file) {
        if (read_file(options->token_file, text, sizeof(text), problem))
            return -1;
        given = text;
    }
    given += strspn(given, BLANKS);
    size_t length = strcspn(given, BLANKS);
    if (length < TOKEN_LEAST_BYTES || length >= TOKEN_TEXT_BYTES || given[length + strspn(given + length, BLANKS)])
        return problem_set(problem, "no-token", "token", "an enrolment token is one word of 20 to 128 characters");
    memcpy(ret, given, length);
    ret[length] = '\0';
    return 0;
}
