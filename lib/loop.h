/*
 * The event loop: epoll, timerfd and signalfd, one thread a program (the one that runs it).
 *
 * Every callback runs in that thread and must not block. Only loop_post may be called from another thread.
 */
#ifndef VEDETTE_LOOP_H
#define VEDETTE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

typedef void loop_ready(void *arg, uint32_t events);
typedef void loop_due(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *);

/* Run until loop_stop. */
void loop_run(struct loop *);
void loop_stop(struct loop *);

/* Watch fd for EPOLLIN, EPOLLOUT (and EPOLLET, EPOLLONESHOT). The fd stays the caller's. */
struct loop_watch *loop_watch(struct loop *, int fd, uint32_t events, loop_ready *, void *arg);
void loop_rewatch(struct loop_watch *, uint32_t events);
void loop_unwatch(struct loop_watch *);     /* NULL is harmless; may be called from its own callback */

/* A timer on the monotonic clock, not yet set. Setting it again replaces the deadline; due once per set. */
struct loop_timer *loop_timer(struct loop *, loop_due *, void *arg);
void loop_timer_set(struct loop_timer *, int64_t after_us);
void loop_timer_clear(struct loop_timer *);
void loop_timer_free(struct loop_timer *);

/* Call back each period, the first time after one period; for the life of the loop. */
void loop_every(struct loop *, int64_t period_ms, loop_due *, void *arg);

/* Call back once per turn just before the loop waits (libzmq's edge-triggered fd needs it). */
void loop_before_wait(struct loop *, loop_due *, void *arg);
/* From such a callback: do not wait this time, because it gave work to others whose callbacks ran before it. */
void loop_again(struct loop *);

/* From any thread: run fn(arg) soon in the loop's thread. At most 65,536 wait; -1 when full. */
int loop_post(struct loop *, loop_due *, void *arg);

/* Call back upon a signal (blocked for the whole process at loop_new: SIGTERM, SIGINT, SIGHUP). */
void loop_signal(struct loop *, int signal, loop_due *, void *arg);

#endif
