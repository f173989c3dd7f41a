/* One TCP connection made without waiting: until it is open, or, where something is asked, until the first line of the answer
 * is there. In the loop's thread. */
#ifndef VEDETTE_WATCH_CONNECTION_H
#define VEDETTE_WATCH_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct loop_watch;

#define ANSWER_BYTES 1024 /* a status line is never near that */

/* Zeroed: there is none. */
struct connection {
    struct loop_watch *watch; /* NULL: none */
    int fd;
    const char *question; /* borrowed; NULL: none */
    size_t sent;
    char answer[ANSWER_BYTES];
    size_t answered;
    /* error 0: it is open, or the line stands in answer, ended by NUL; else an errno. */
    void (*done)(void *arg, int error);
    void *arg;
};

/* address is numeric. done is called once, never from within this; -1: errno says why it cannot be begun. */
int connection_start(struct connection *, struct loop *, const char *address, uint16_t port, const char *question,
    void (*done)(void *arg, int error), void *arg);
/* End it; `done` is not called. Harmless when there is none. */
void connection_cancel(struct connection *);

#endif
