#include "agent/watch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/spawn.h"
#include "lib/loop.h"

#define FIRST_BYTES 4096

/* Nothing of our own environment; programs speak one language, and apt-get asks nobody. */
static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive",
    NULL };

static int execute(char *const *argv, int output, pid_t *ret_pid)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0)
        return -1;
    /* A process group of its own, so that a deadline ends all of it. */
    struct spawning how = { *argv, argv, environment, nothing, output, nothing, true };
    int error = spawn(&how, ret_pid), why = errno;
    close(nothing);
    errno = why;
    return error;
}

static void release(struct child *child)
{
    loop_timer_free(child->limit);
    loop_unwatch(child->of_end);
    loop_unwatch(child->of_output);
    if (child->pidfd >= 0)
        close(child->pidfd);
    close(child->output);
    free(child->text);
    *child = (struct child){ 0 };
}

static int grow(struct child *child)
{
    size_t room = child->room ? child->room * 2 : FIRST_BYTES;
    char *text = room <= CHILD_OUTPUT_BYTES ? realloc(child->text, room) : NULL;
    if (!text)
        return -1;
    child->text = text;
    child->room = room;
    return 0;
}

/* What is beyond the limit is read and thrown away, so that the program does not wait for us for ever. */
static bool read_some(struct child *child)
{
    char beyond[FIRST_BYTES];
    bool kept = child->bytes + 1 < child->room || !grow(child);
    ssize_t count = kept ? read(child->output, child->text + child->bytes, child->room - child->bytes - 1)
                         : read(child->output, beyond, sizeof(beyond));
    if (count <= 0)
        return false;
    if (kept)
        child->bytes += (size_t)count;
    return true;
}

static void output_ready(void *arg, uint32_t events)
{
    struct child *child = arg;
    if (!read_some(child) && events & (EPOLLHUP | EPOLLERR)) {
        loop_unwatch(child->of_output);
        child->of_output = NULL;
    }
}

static void process_ended(void *arg, uint32_t events)
{
    (void)events;
    struct child *child = arg;
    struct child_end end = { .late = child->late };
    while (read_some(child))
        ;
    /* Whatever it left running, while its number is still its own. */
    kill(-child->pid, SIGKILL);
    waitpid(child->pid, &end.status, 0);
    char *text = child->text;
    if (text)
        text[child->bytes] = '\0';
    end.text = text ? text : "";
    end.bytes = child->bytes;
    child->text = NULL;
    void (*ended)(void *, const struct child_end *) = child->ended;
    void *told = child->arg;
    release(child);
    ended(told, &end);
    free(text);
}

static void kill_late(void *arg)
{
    struct child *child = arg;
    child->late = true;
    kill(-child->pid, SIGKILL);
}

static int follow(struct child *child, struct loop *loop)
{
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    child->limit = loop_timer(loop, kill_late, child);
    child->of_output = loop_watch(loop, child->output, EPOLLIN, output_ready, child);
    child->of_end = child->pidfd < 0 ? NULL : loop_watch(loop, child->pidfd, EPOLLIN, process_ended, child);
    return child->limit && child->of_output && child->of_end ? 0 : -1;
}

int child_start(struct child *child, struct loop *loop, char *const *argv, int64_t limit_ms,
    void (*ended)(void *arg, const struct child_end *), void *arg)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -1;
    int error = execute(argv, ends[1], &pid);
    close(ends[1]);
    if (error) {
        int kept = errno;
        close(ends[0]);
        errno = kept;
        return -1;
    }
    *child = (struct child){ .pid = pid, .pidfd = -1, .output = ends[0], .ended = ended, .arg = arg };
    if (follow(child, loop)) {
        child_cancel(child);
        errno = ENOMEM;
        return -1;
    }
    loop_timer_set(child->limit, limit_ms * 1000);
    return 0;
}

void child_cancel(struct child *child)
{
    if (!child->pid)
        return;
    kill(-child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    release(child);
}
