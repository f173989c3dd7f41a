/*
 * A program that looks at something for us: no shell, no input, its output bounded, killed at a deadline with all that it
 * started. In the loop's thread.
 */
#ifndef VEDETTE_WATCH_CHILD_H
#define VEDETTE_WATCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct loop_timer;
struct loop_watch;

#define CHILD_OUTPUT_BYTES (256 * 1024) /* `apt-get --simulate upgrade` of a thousand packages: 100 kB */

/* How it ended: status as wait(2) tells it; late: it was killed at its deadline. text ends with NUL. */
struct child_end {
    int status;
    bool late;
    const char *text;
    size_t bytes;
};

/* Zeroed: there is none. */
struct child {
    pid_t pid; /* 0: none */
    int pidfd, output;
    struct loop_watch *of_end, *of_output;
    struct loop_timer *limit;
    bool late;
    char *text;
    size_t bytes, room;
    void (*ended)(void *arg, const struct child_end *);
    void *arg;
};

/* The program is found by its path, or in our own PATH. ended is called once, never from within this. -1: it
 * could not be started, errno says why. */
int child_start(struct child *, struct loop *, char *const *argv, int64_t limit_ms,
    void (*ended)(void *arg, const struct child_end *), void *arg);
/* End it; `ended` is not called. Harmless when there is none. */
void child_cancel(struct child *);

#endif
