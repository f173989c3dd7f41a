#include "agent/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/helper.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

#define ASK_LIMIT_MS 20000

enum worker_word worker_line(const char *line, int64_t *ret_next_ms)
{
    char *end;
    if (!strcmp(line, "out"))
        return WORKER_SAYS_OUT;
    if (!strcmp(line, "update"))
        return WORKER_SAYS_UPDATE;
    if (!strcmp(line, "idle")) {
        *ret_next_ms = INT64_MAX;
        return WORKER_SAYS_NEXT;
    }
    if (strncmp(line, "next ", 5) || line[5] < '0' || line[5] > '9' || strlen(line + 5) > 18)
        return WORKER_SAYS_NOTHING;
    int64_t next_ms = strtoll(line + 5, &end, 10);
    if (*end)
        return WORKER_SAYS_NOTHING;
    *ret_next_ms = next_ms;
    return WORKER_SAYS_NEXT;
}

static void set_timer(struct worker *worker)
{
    int64_t wait_ms = WORKER_LOOK_MS;
    if (worker->next_ms != INT64_MAX && worker->next_ms - clock_wall_ms() < wait_ms)
        wait_ms = worker->next_ms - clock_wall_ms();
    if (worker->next_ms != INT64_MAX)
        loop_timer_set(worker->due, wait_ms > 0 ? wait_ms * 1000 : 0);
}

static void take_line(struct worker *worker)
{
    worker->line[worker->length] = '\0';
    worker->length = 0;
    switch (worker_line(worker->line, &worker->next_ms)) {
    case WORKER_SAYS_OUT:
        worker->out(worker->arg);
        break;
    case WORKER_SAYS_UPDATE:
        worker->update(worker->arg);
        break;
    case WORKER_SAYS_NEXT:
        worker->told = true;
        break;
    case WORKER_SAYS_NOTHING:
        log_warning("agent.work-says", LOG_TEXT("line", worker->line));
    }
}

static void take_bytes(struct worker *worker, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n')
            take_line(worker);
        else if (worker->length < sizeof(worker->line) - 1)
            worker->line[worker->length++] = bytes[i];
    }
}

static void release(struct worker *worker)
{
    loop_unwatch(worker->watch);
    close(worker->fd);
    worker->fd = -1;
    worker->pid = 0;
    worker->length = 0;
}

static void ended(struct worker *worker)
{
    int status = 0;
    if (worker->pid)
        waitpid(worker->pid, &status, 0);
    if (status || !worker->told) {
        log_warning("agent.work-broke-off", LOG_INT("status", status));
        if (worker->next_ms > clock_wall_ms() + WORKER_AGAIN_MS)
            worker->next_ms = clock_wall_ms() + WORKER_AGAIN_MS;
    }
    release(worker);
    if (worker->asked)
        worker_wake(worker);
    else
        set_timer(worker);
}

static void said(void *arg, uint32_t events)
{
    (void)events;
    struct worker *worker = arg;
    char bytes[512];
    ssize_t count = read(worker->fd, bytes, sizeof(bytes));
    if (count > 0)
        take_bytes(worker, bytes, (size_t)count);
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        ended(worker);
}

static void due(void *arg)
{
    struct worker *worker = arg;
    if (worker->next_ms > clock_wall_ms())
        set_timer(worker);
    else
        worker_wake(worker);
}

static int by_socket(void)
{
    static const char request[] = "run\n";
    const struct sockaddr_un address = { AF_UNIX, WORKER_SOCKET };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ||
                       send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The working directory is the state directory. */
static int by_child(struct worker *worker)
{
    char *argv[9] = { worker->program, (char *)"run", (char *)"--state", (char *)"." };
    size_t n = 4;
    if (worker->policy) {
        argv[n++] = (char *)"--policy";
        argv[n++] = (char *)worker->policy;
    }
    if (worker->targets) {
        argv[n++] = (char *)"--targets";
        argv[n++] = (char *)worker->targets;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -1;
    int error = helper_spawn(worker->program, argv, ends[1], &worker->pid);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        worker->pid = 0;
        return -1;
    }
    return ends[0];
}

static int start(struct worker *worker, struct problem *problem)
{
    worker->next_ms = INT64_MAX;
    worker->asked = worker->told = false;
    worker->fd = worker->installed ? by_socket() : by_child(worker);
    if (worker->fd < 0)
        return problem_errno(
            problem, "no-work", "", "cannot start %s", worker->installed ? WORKER_SOCKET : worker->program);
    worker->watch = loop_watch(worker->loop, worker->fd, EPOLLIN, said, worker);
    if (worker->watch)
        return 0;
    close(worker->fd);
    worker->fd = -1;
    return problem_errno(problem, "no-work", "", "cannot watch %s", worker->program);
}

void worker_wake(struct worker *worker)
{
    struct problem problem;
    if (!*worker->program)
        return;
    if (worker->fd >= 0) {
        worker->asked = true;
        return;
    }
    loop_timer_clear(worker->due);
    if (start(worker, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "agent.no-work", &problem);
        worker->next_ms = clock_wall_ms() + WORKER_AGAIN_MS;
        set_timer(worker);
    }
}

void worker_ask(void)
{
    struct pollfd said = { by_socket(), POLLIN, 0 };
    if (said.fd < 0)
        return;
    poll(&said, 1, ASK_LIMIT_MS);
    close(said.fd);
}

int worker_open(struct worker *worker, struct loop *loop, struct problem *problem)
{
    struct problem absent;
    worker->loop = loop;
    worker->fd = -1;
    worker->pid = 0;
    worker->next_ms = INT64_MAX;
    worker->due = loop_timer(loop, due, worker);
    if (!worker->due)
        return problem_errno(problem, "no-memory", "", "cannot make a timer");
    if (helper_find("vedette-agent-work", worker->program, &absent)) {
        log_problem(LOG_LEVEL_WARNING, "agent.no-work", &absent);
        *worker->program = '\0';
    }
    return 0;
}

void worker_close(struct worker *worker)
{
    if (worker->pid) {
        kill(worker->pid, SIGTERM);
        waitpid(worker->pid, NULL, 0);
    }
    if (worker->fd >= 0)
        release(worker);
    loop_timer_free(worker->due);
}
