#include "lib/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_A_TURN 256
#define HOOKS_MAX 512       /* loop_before_wait: the bus and little else; a benchmark is hundreds of peers at once */
#define SIGNALS_MAX 8
#define POSTS_MAX 65536     /* hand-overs from other threads; more would mean that the loop has stopped */

struct loop_watch {
    struct loop *loop;
    int fd;                 /* -1: unwatched, freed at the end of the turn */
    loop_ready *ready;
    void *arg;
    struct loop_watch *next_dead;
};

struct loop_timer {
    struct loop_watch *watch;
    int fd;
    int64_t period_us;      /* 0: due once */
    loop_due *due;
    void *arg;
};

struct call {
    loop_due *fn;
    void *arg;
};

struct loop {
    int epoll, signals, posted;
    bool stopping, again;
    struct loop_watch *of_signals, *of_posts, *dead;

    struct call hooks[HOOKS_MAX];
    unsigned n_hooks;
    struct {
        int number;
        struct call call;
    } handlers[SIGNALS_MAX];
    unsigned n_handlers;
    sigset_t mask;

    pthread_mutex_t lock;   /* guards what follows: loop_post comes from any thread */
    struct call *posts;
    unsigned n_posts, posts_room;
};

static void run_posts(void *arg, uint32_t events)
{
    (void)events;
    struct loop *loop = arg;
    uint64_t count;
    if (read(loop->posted, &count, sizeof(count)) < 0)
        return;
    pthread_mutex_lock(&loop->lock);
    struct call *posts = loop->posts;
    unsigned n_posts = loop->n_posts;
    loop->posts = NULL;
    loop->n_posts = loop->posts_room = 0;
    pthread_mutex_unlock(&loop->lock);
    for (unsigned i = 0; i < n_posts; i++)
        posts[i].fn(posts[i].arg);
    free(posts);
}

static void run_signals(void *arg, uint32_t events)
{
    (void)events;
    struct loop *loop = arg;
    struct signalfd_siginfo info;
    while (read(loop->signals, &info, sizeof(info)) == sizeof(info)) {
        for (unsigned i = 0; i < loop->n_handlers; i++) {
            if ((int)info.ssi_signo == loop->handlers[i].number)
                loop->handlers[i].call.fn(loop->handlers[i].call.arg);
        }
    }
}

/* Watches are freed only between turns: an event of this turn may still point to one. */
static void free_dead(struct loop *loop)
{
    while (loop->dead) {
        struct loop_watch *watch = loop->dead;
        loop->dead = watch->next_dead;
        free(watch);
    }
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return NULL;
    pthread_mutex_init(&loop->lock, NULL);
    sigemptyset(&loop->mask);
    sigaddset(&loop->mask, SIGTERM);
    sigaddset(&loop->mask, SIGINT);
    sigaddset(&loop->mask, SIGHUP);
    /* Blocked before any thread is made, so that every thread inherits it and signals reach the signalfd alone. */
    pthread_sigmask(SIG_BLOCK, &loop->mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->signals = signalfd(-1, &loop->mask, SFD_NONBLOCK | SFD_CLOEXEC);
    loop->posted = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->of_signals = loop_watch(loop, loop->signals, EPOLLIN, run_signals, loop);
    loop->of_posts = loop_watch(loop, loop->posted, EPOLLIN, run_posts, loop);
    if (!loop->of_signals || !loop->of_posts) {
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    loop_unwatch(loop->of_signals);
    loop_unwatch(loop->of_posts);
    free_dead(loop);
    close(loop->epoll);
    close(loop->signals);
    close(loop->posted);
    pthread_mutex_destroy(&loop->lock);
    free(loop->posts);
    free(loop);
}

void loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_A_TURN];
    while (!loop->stopping) {
        for (unsigned i = 0; i < loop->n_hooks; i++)
            loop->hooks[i].fn(loop->hooks[i].arg);
        if (loop->stopping)
            break;
        int count = epoll_wait(loop->epoll, events, EVENTS_A_TURN, loop->again ? 0 : -1);
        loop->again = false;
        if (count < 0 && errno != EINTR)
            abort(); /* only a broken epoll descriptor gets here */
        for (int i = 0; i < count; i++) {
            struct loop_watch *watch = events[i].data.ptr;
            if (watch->fd >= 0)
                watch->ready(watch->arg, events[i].events);
        }
        free_dead(loop);
    }
    loop->stopping = false;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

struct loop_watch *loop_watch(struct loop *loop, int fd, uint32_t events, loop_ready *ready, void *arg)
{
    struct loop_watch *watch = malloc(sizeof(*watch));
    if (!watch)
        return NULL;
    *watch = (struct loop_watch){ .loop = loop, .fd = fd, .ready = ready, .arg = arg };
    struct epoll_event event = { .events = events, .data.ptr = watch };
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)) {
        free(watch);
        return NULL;
    }
    return watch;
}

void loop_rewatch(struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_unwatch(struct loop_watch *watch)
{
    if (!watch || watch->fd < 0)
        return;
    epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->fd = -1;
    watch->next_dead = watch->loop->dead;
    watch->loop->dead = watch;
}

static void timer_ready(void *arg, uint32_t events)
{
    (void)events;
    struct loop_timer *timer = arg;
    uint64_t count;
    /* Nothing to read: it was set anew by a callback earlier in this turn. */
    if (read(timer->fd, &count, sizeof(count)) == sizeof(count))
        timer->due(timer->arg);
}

struct loop_timer *loop_timer(struct loop *loop, loop_due *due, void *arg)
{
    struct loop_timer *timer = calloc(1, sizeof(*timer));
    if (!timer)
        return NULL;
    timer->due = due;
    timer->arg = arg;
    timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    timer->watch = timer->fd < 0 ? NULL : loop_watch(loop, timer->fd, EPOLLIN, timer_ready, timer);
    if (!timer->watch) {
        if (timer->fd >= 0)
            close(timer->fd);
        free(timer);
        return NULL;
    }
    return timer;
}

static void timer_arm(struct loop_timer *timer, int64_t after_us)
{
    const struct itimerspec when = {
        .it_value = { after_us / 1000000, after_us % 1000000 * 1000 },
        .it_interval = { timer->period_us / 1000000, timer->period_us % 1000000 * 1000 },
    };
    timerfd_settime(timer->fd, 0, &when, NULL);
}

void loop_timer_set(struct loop_timer *timer, int64_t after_us)
{
    /* Zero would disarm it; the least there is means now. */
    timer_arm(timer, after_us > 0 ? after_us : 1);
}

void loop_timer_clear(struct loop_timer *timer)
{
    timer_arm(timer, 0);
}

void loop_timer_free(struct loop_timer *timer)
{
    if (!timer)
        return;
    loop_unwatch(timer->watch);
    close(timer->fd);
    free(timer);
}

void loop_every(struct loop *loop, int64_t period_ms, loop_due *due, void *arg)
{
    struct loop_timer *timer = loop_timer(loop, due, arg);
    if (!timer)
        abort(); /* at start, out of descriptors or memory */
    timer->period_us = period_ms * 1000;
    timer_arm(timer, timer->period_us);
}

void loop_before_wait(struct loop *loop, loop_due *hook, void *arg)
{
    if (loop->n_hooks == HOOKS_MAX)
        abort(); /* the programmer's error */
    loop->hooks[loop->n_hooks++] = (struct call){ hook, arg };
}

void loop_again(struct loop *loop)
{
    loop->again = true;
}

static int posts_grow(struct loop *loop)
{
    if (loop->n_posts < loop->posts_room)
        return 0;
    unsigned room = loop->posts_room ? loop->posts_room * 2 : 64;
    struct call *posts = loop->n_posts < POSTS_MAX ? realloc(loop->posts, room * sizeof(*posts)) : NULL;
    if (!posts)
        return -1;
    loop->posts = posts;
    loop->posts_room = room;
    return 0;
}

int loop_post(struct loop *loop, loop_due *fn, void *arg)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&loop->lock);
    int error = posts_grow(loop);
    if (!error)
        loop->posts[loop->n_posts++] = (struct call){ fn, arg };
    pthread_mutex_unlock(&loop->lock);
    if (!error && write(loop->posted, &one, sizeof(one)) < 0 && errno != EAGAIN)
        abort(); /* only a closed eventfd gets here */
    return error;
}

void loop_signal(struct loop *loop, int number, loop_due *due, void *arg)
{
    if (loop->n_handlers == SIGNALS_MAX || !sigismember(&loop->mask, number))
        abort(); /* the programmer's error */
    loop->handlers[loop->n_handlers].number = number;
    loop->handlers[loop->n_handlers++].call = (struct call){ due, arg };
}
