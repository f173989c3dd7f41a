#include "agent/work/envelopes/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/work/envelopes/opener_parts.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sandbox/sandbox.h"

#define ANSWER_MS 10000 /* an envelope takes 2 ms; a machine may be busy */

struct opener {
    struct envelope_reader reader;
    pid_t pid;  /* 0: it does not run */
    int socket; /* its input and output */
};

struct opener *opener_new(const struct envelope_reader *reader)
{
    struct opener *opener = calloc(1, sizeof(*opener));
    if (opener)
        *opener = (struct opener){ .reader = *reader };
    return opener;
}

static void end(struct opener *opener)
{
    if (!opener->pid)
        return;
    close(opener->socket);
    kill(opener->pid, SIGKILL);
    while (waitpid(opener->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    opener->pid = 0;
}

void opener_free(struct opener *opener)
{
    if (!opener)
        return;
    end(opener);
    free(opener);
}

static bool read_all(int fd, void *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = read(fd, (char *)data + done, bytes - done);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool write_all(int fd, const void *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t count = write(fd, (const char *)data + done, bytes - done);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

/* Answers until its input ends. */
static void __attribute__((noreturn)) serve(const struct envelope_reader *reader, int in, int out)
{
    uint32_t bytes;
    while (read_all(in, &bytes, sizeof(bytes)) && bytes <= ENVELOPE_BYTES_MAX) {
        struct buf answer = { .limit_bytes = PART_BYTES_MAX };
        char *data = malloc((size_t)bytes + 1);
        if (!data || !read_all(in, data, bytes) || parts_of_envelope(reader, data, bytes, &answer) ||
            !write_all(out, answer.data, answer.length))
            _exit(1);
        free(data);
        buf_free(&answer);
    }
    _exit(0);
}

/* The reader has nothing of ours open but the socket: no lock, no folder, no pipe to the resident. */
static void become_reader(const struct opener *opener, int socket, pid_t parent)
{
    struct problem problem;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || null < 0 || dup2(socket, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0u, 0))
        _exit(1);
    signal(SIGTERM, SIG_IGN); /* the end of work is its end */
    signal(SIGINT, SIG_IGN);
    if (sandbox_reader(&problem))
        _exit(2);
    serve(&opener->reader, STDIN_FILENO, STDIN_FILENO);
}

static int begin(struct opener *opener, struct problem *problem)
{
    int ends[2];
    pid_t parent = getpid();
    if (opener->pid)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return problem_errno(problem, "no-memory", "", "no socket to read envelopes by");
    pid_t pid = fork();
    if (!pid) {
        close(ends[0]);
        become_reader(opener, ends[1], parent);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return problem_errno(problem, "no-memory", "", "no process to read envelopes in");
    }
    opener->pid = pid;
    opener->socket = ends[0];
    return 0;
}

/* As read_all, until a time. */
static bool hear(const struct opener *opener, void *data, size_t bytes, int64_t until_ms)
{
    for (size_t done = 0; done < bytes;) {
        struct pollfd ready = { opener->socket, POLLIN, 0 };
        int64_t left_ms = until_ms - clock_mono_ms();
        int found = left_ms > 0 ? poll(&ready, 1, (int)left_ms) : 0;
        if (found < 0 && errno == EINTR)
            continue;
        ssize_t count = found == 1 ? recv(opener->socket, (char *)data + done, bytes - done, MSG_DONTWAIT) : 0;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool ask(const struct opener *opener, const void *data, size_t bytes)
{
    const uint32_t length = (uint32_t)bytes;
    const struct timeval limit = { ANSWER_MS / 1000, 0 };
    setsockopt(opener->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    return write_all(opener->socket, &length, sizeof(length)) && write_all(opener->socket, data, bytes);
}

static int take_answer(const struct opener *opener, struct opened *ret, bool *ret_whole, struct problem *problem)
{
    int64_t until_ms = clock_mono_ms() + ANSWER_MS;
    struct part_head head;
    *ret_whole = false;
    if (!hear(opener, &head, sizeof(head), until_ms) || head.dsse_bytes > PART_BYTES_MAX ||
        head.message_bytes > PART_BYTES_MAX)
        return problem_set(problem, "bad-envelope", "", "its reader came to no end with it");
    size_t bytes = (size_t)head.dsse_bytes + head.message_bytes;
    char *behind = malloc(bytes + 1);
    if (!behind)
        return problem_set(problem, "no-memory", "", "no memory for an envelope");
    *ret_whole = hear(opener, behind, bytes, until_ms);
    int error = *ret_whole ? parts_to_opened(&head, behind, ret, problem)
                           : problem_set(problem, "bad-envelope", "", "its reader came to no end with it");
    free(behind);
    return error;
}

static int try_once(
    struct opener *opener, const void *data, size_t bytes, struct opened *ret, bool *ret_whole, struct problem *problem)
{
    *ret_whole = false;
    if (begin(opener, problem))
        return -1;
    int error = ask(opener, data, bytes) ? take_answer(opener, ret, ret_whole, problem)
                                         : problem_set(problem, "bad-envelope", "", "its reader takes it not");
    if (*ret_whole && error && problem_is(problem, "no-memory"))
        *ret_whole = false;
    if (!*ret_whole)
        end(opener);
    return error;
}

/* If a reader ends without an answer, another one tries once more: somebody may have killed the first. So does a fresh
 * one where the first had no memory left. */
int opener_open(struct opener *opener, const void *data, size_t bytes, struct opened *ret, struct problem *problem)
{
    bool whole;
    if (bytes > ENVELOPE_BYTES_MAX)
        return problem_set(problem, "too-large", "", "an envelope has at most %d bytes", ENVELOPE_BYTES_MAX);
    int error = try_once(opener, data, bytes, ret, &whole, problem);
    return whole ? error : try_once(opener, data, bytes, ret, &whole, problem);
}
