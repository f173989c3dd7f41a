#include "agent/work/socket.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/state.h"
#include "agent/work/serve.h"
#include "agent/work/watches.h"
#include "agent/worker.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define REQUEST_MS 5000 /* the resident writes it as it connects */

int socket_request(char *line, const char *ret_words[SOCKET_WORDS])
{
    char *rest;
    int n = 0;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (n == SOCKET_WORDS || *word == '-')
            return -1;
        ret_words[n++] = word;
    }
    bool run = n == 1 && !strcmp(ret_words[0], "run"), script = n == 3 && !strcmp(ret_words[0], "script");
    return run || script ? n : -1;
}

/* -1: none came in time. */
static int read_line(char line[SOCKET_REQUEST_BYTES])
{
    int64_t until_ms = clock_mono_ms() + REQUEST_MS;
    for (size_t length = 0; length < SOCKET_REQUEST_BYTES; length++) {
        struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
        int64_t left_ms = until_ms - clock_mono_ms();
        if (left_ms <= 0 || poll(&input, 1, (int)left_ms) < 1 || read(STDIN_FILENO, line + length, 1) != 1)
            return -1;
        if (line[length] == '\n') {
            line[length] = '\0';
            return 0;
        }
    }
    return -1;
}

int socket_serve(const struct options *options, char **argv)
{
    char line[SOCKET_REQUEST_BYTES];
    struct options asked = *options;
    struct problem problem;
    int n = read_line(line) ? -1 : socket_request(line, asked.words);
    if (n < 0) {
        problem_set(&problem, "bad-request", "", "standard input asks for nothing that is done here");
        return say_problem(&problem);
    }
    asked.n_words = (unsigned)n;
    return n == 1 ? work_run(&asked, argv) : watches_script(&asked, argv);
}

bool socket_is_between(const struct options *options)
{
    return geteuid() != 0 && state_is_installed(options->state);
}

static int copy_answer(int fd)
{
    char part[SOCKET_REQUEST_BYTES];
    ssize_t count;
    while ((count = read(fd, part, sizeof(part))) > 0) {
        if (fwrite(part, 1, (size_t)count, stdout) != (size_t)count)
            return -1;
    }
    return count || fflush(stdout) ? -1 : 0;
}

int socket_ask(const char *request, struct problem *problem)
{
    const struct sockaddr_un address = { AF_UNIX, WORKER_SOCKET };
    size_t length = strlen(request);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) ||
                send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length || copy_answer(fd);
    if (error)
        problem_errno(problem, "no-work", WORKER_SOCKET, "cannot ask %s", WORKER_SOCKET);
    if (fd >= 0)
        close(fd);
    return error ? -1 : 0;
}
