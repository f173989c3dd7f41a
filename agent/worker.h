/*
 * vedette-agent-work, which opens what the mail brought, judges it and carries it out: started when there is something
 * for it, and gone again when nothing runs. It has OpenSSL, the rights of root and no network; we have none of these.
 *
 * Where the agent is installed, connecting to a socket of systemd's (work/socket.h) starts it, apart from our own
 * confinement; else it is executed as a child, with our rights. Either way it says a line when there is something for
 * us:
 *
 *     out                  envelopes wait in mail/out/, or watches.json is another
 *     next 1767225600000   wake me at this time of the wall clock, in milliseconds
 *     idle                 nothing is due until there is mail
 *     update               another version of this agent lies ready: let the version before try it (launch.h)
 *
 * It ends with `next` or `idle`. One that ended without was cut off, and is started again: it may have had a
 * calendar to keep.
 */
#ifndef VEDETTE_AGENT_WORKER_H
#define VEDETTE_AGENT_WORKER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct loop_timer;
struct loop_watch;
struct problem;

#define WORKER_SOCKET "/run/vedette-agent/work.sock"
#define WORKER_LINE_BYTES 64            /* of what it says, NUL included */
#define WORKER_LOOK_MS (60 * 60 * 1000) /* the wall clock may be put forward while we wait for a time */
#define WORKER_AGAIN_MS 5000            /* after one that broke off, or that another is in the way of */

struct worker {
    char program[PATH_MAX]; /* "": none is installed, and nothing is ever carried out */
    const char *policy, *targets; /* files, NULL: their defaults */
    bool installed;         /* by the socket, never as a child: that could read nothing of what is believed */
    struct loop *loop;
    void (*out)(void *arg);
    void (*update)(void *arg);
    void *arg;

    pid_t pid; /* of a child; 0: none, or behind the socket */
    int fd;    /* what it says; -1: none is at work */
    struct loop_watch *watch;
    struct loop_timer *due;
    int64_t next_ms; /* wall; INT64_MAX: nothing is due */
    bool told;       /* it has said when to come again */
    bool asked;      /* there is more, which the one at work may not have seen */
    char line[WORKER_LINE_BYTES];
    size_t length;
};

int worker_open(struct worker *, struct loop *, struct problem *);
/* There may be something for it. Harmless at any time. */
void worker_wake(struct worker *);
/* A child is told to end; what it carries out is then interrupted. Behind the socket it goes on by itself. */
void worker_close(struct worker *);

/* Have systemd start it, for what there is to do: from another program than the resident. Waits until it says something
 * or ends. Nothing where there is no socket. */
void worker_ask(void);

/* One line without its end. next: *ret_next_ms says when, INT64_MAX for `idle`; else it is untouched. Pure. */
enum worker_word { WORKER_SAYS_NOTHING, WORKER_SAYS_OUT, WORKER_SAYS_NEXT, WORKER_SAYS_UPDATE };
enum worker_word worker_line(const char *line, int64_t *ret_next_ms);

#endif
