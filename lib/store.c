#include "lib/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "lib/store_reply.h"

#define WAITING_MAX 16384 /* commands without a reply yet */
#define WAITING_BYTES_MAX (64u << 20)
#define READ_BYTES 65536
#define RETRY_FIRST_MS 100
#define RETRY_MOST_MS 5000
#define SILENCE_MS 5000 /* commands wait and Redis says nothing: it hangs */
#define CHECK_MS 1000
#define PASSWORD_BYTES 256

struct waiting {
    store_replied *replied;
    void *arg;
    size_t bytes;
};

struct store {
    struct loop *loop;
    struct loop_timer *timer; /* next attempt to connect, or next look at a silent Redis */
    struct loop_watch *watch; /* NULL: no connection */
    int fd;
    bool authenticated, writing; /* writing: waiting for room in the socket */
    char socket_path[108], user[64];
    char *password;
    void (*connected)(void *arg);
    void *arg;
    int64_t retry_ms, heard_ms;
    struct replies *replies;
    struct buf out;
    size_t sent;             /* of out */
    struct waiting *waiting; /* ring of WAITING_MAX */
    size_t first, n_waiting, waiting_bytes;
};

static void answer_first(struct store *store, const struct store_reply *reply)
{
    struct waiting one = store->waiting[store->first];
    store->first = (store->first + 1) % WAITING_MAX;
    store->n_waiting--;
    store->waiting_bytes -= one.bytes;
    if (one.replied)
        one.replied(one.arg, reply);
}

static void disconnect(struct store *store)
{
    if (store->watch) {
        loop_unwatch(store->watch);
        close(store->fd);
        replies_free(store->replies);
    }
    store->watch = NULL;
    store->replies = NULL;
    store->authenticated = store->writing = false;
    store->sent = 0;
    buf_clear(&store->out);
    /* Whoever asks again from here is refused: there is no connection. */
    for (size_t n = store->n_waiting; n; n--)
        answer_first(store, NULL);
}

static void lose(struct store *store, const char *why)
{
    if (store->authenticated || store->retry_ms == RETRY_FIRST_MS)
        log_warning("store.lost", LOG_TEXT("reason", why));
    disconnect(store);
    loop_timer_set(store->timer, store->retry_ms * 1000);
    store->retry_ms = store->retry_ms * 2 < RETRY_MOST_MS ? store->retry_ms * 2 : RETRY_MOST_MS;
}

static void want(struct store *store, bool writing)
{
    if (store->writing != writing)
        loop_rewatch(store->watch, EPOLLIN | (writing ? EPOLLOUT : 0));
    store->writing = writing;
}

/* Send what was collected in this turn, so that many commands are one system call. */
static int flush(struct store *store)
{
    while (store->sent < store->out.length) {
        ssize_t n = send(store->fd, store->out.data + store->sent, store->out.length - store->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0)
            return -1;
        store->sent += (size_t)n;
    }
    buf_clear(&store->out);
    store->sent = 0;
    want(store, false);
    return 0;
}

/* Hand out every whole reply; -1 when Redis does not speak its protocol. */
static int take_replies(struct store *store)
{
    struct store_reply *reply;
    while (store->watch) {
        if (replies_next(store->replies, &reply))
            return -1;
        if (!reply)
            return 0;
        if (store->n_waiting)
            answer_first(store, reply);
        store_reply_free(reply);
        if (store->watch && !store->n_waiting && replies_rest(store->replies))
            return -1;
    }
    return 0;
}

static int receive(struct store *store)
{
    char bytes[READ_BYTES];
    ssize_t n = recv(store->fd, bytes, sizeof(bytes), 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0 || !store->n_waiting)
        return -1;
    store->heard_ms = clock_mono_ms();
    if (replies_feed(store->replies, bytes, (size_t)n))
        return -1;
    return take_replies(store);
}

static void ready(void *arg, uint32_t events)
{
    struct store *store = arg;
    if (events & EPOLLOUT && flush(store))
        lose(store, "cannot write to Redis");
    else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && receive(store) && store->watch)
        lose(store, "Redis closed the connection or broke its protocol");
}

static int enqueue(struct store *store, const struct store_word *words, size_t n, store_replied *replied, void *arg)
{
    size_t before = store->out.length, bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += words[i].bytes;
    if (!store->watch || store->n_waiting == WAITING_MAX || bytes > WAITING_BYTES_MAX - store->waiting_bytes)
        return -1;
    int error = buf_format(&store->out, "*%zu\r\n", n);
    for (size_t i = 0; i < n && !error; i++) {
        error = buf_format(&store->out, "$%zu\r\n", words[i].bytes) ||
                buf_append(&store->out, words[i].data, words[i].bytes) || buf_append(&store->out, "\r\n", 2);
    }
    if (error) {
        store->out.length = before;
        store->out.failed = false;
        return -1;
    }
    if (!store->n_waiting)
        store->heard_ms = clock_mono_ms();
    store->waiting[(store->first + store->n_waiting++) % WAITING_MAX] = (struct waiting){ replied, arg, bytes };
    store->waiting_bytes += bytes;
    want(store, true);
    return 0;
}

static void authenticated(void *arg, const struct store_reply *reply)
{
    struct store *store = arg;
    if (!reply)
        return;
    if (reply->type == STORE_ERROR) {
        log_error("store.refused", LOG_TEXT("user", store->user), LOG_TEXT("reason", reply->text));
        lose(store, "Redis refused the password");
        return;
    }
    store->authenticated = true;
    store->retry_ms = RETRY_FIRST_MS;
    log_info("store.connected", LOG_TEXT("socket", store->socket_path));
    store->connected(store->arg);
}

static int dial(struct store *store)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, store->socket_path, sizeof(store->socket_path));
    store->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (store->fd < 0)
        return -1;
    store->replies = replies_new();
    if (store->replies && !connect(store->fd, (struct sockaddr *)&address, sizeof(address)))
        store->watch = loop_watch(store->loop, store->fd, EPOLLIN, ready, store);
    if (!store->watch) {
        close(store->fd);
        replies_free(store->replies);
        return -1;
    }
    const struct store_word auth[] = {
        { "AUTH", 4 },
        { store->user, strlen(store->user) },
        { store->password, strlen(store->password) },
    };
    return enqueue(store, auth, 3, authenticated, store);
}

static void check(void *arg)
{
    struct store *store = arg;
    if (!store->watch) {
        if (dial(store)) {
            lose(store, "cannot connect to Redis");
            return;
        }
    } else if (store->n_waiting && clock_mono_ms() - store->heard_ms > SILENCE_MS) {
        lose(store, "Redis does not answer");
        return;
    }
    loop_timer_set(store->timer, CHECK_MS * 1000);
}

struct store *store_open(struct loop *loop, const char *socket_path, const char *user, const char *password_file,
    void (*connected)(void *arg), void *arg, struct problem *problem)
{
    struct store *store = calloc(1, sizeof(*store));
    size_t bytes = 0;
    if (!store || !(store->waiting = calloc(WAITING_MAX, sizeof(*store->waiting))) ||
        !(store->timer = loop_timer(loop, check, store))) {
        problem_set(problem, "no-memory", "", "no memory for the connection to Redis");
        goto fail;
    }
    if ((size_t)snprintf(store->socket_path, sizeof(store->socket_path), "%s", socket_path) >=
            sizeof(store->socket_path) ||
        (size_t)snprintf(store->user, sizeof(store->user), "%s", user) >= sizeof(store->user)) {
        problem_set(problem, "bad-setting", "redis_socket", "%s: longer than a socket's path may be", socket_path);
        goto fail;
    }
    if (file_read_secret(password_file, PASSWORD_BYTES, &store->password, &bytes, problem))
        goto fail;
    store->password[strcspn(store->password, "\r\n")] = '\0';
    store->loop = loop;
    store->connected = connected;
    store->arg = arg;
    store->retry_ms = RETRY_FIRST_MS;
    store->out.limit_bytes = 2 * WAITING_BYTES_MAX;
    loop_timer_set(store->timer, 0);
    return store;
fail:
    store_free(store);
    return NULL;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    disconnect(store);
    loop_timer_free(store->timer);
    buf_free(&store->out);
    if (store->password)
        crypto_forget(store->password, strlen(store->password));
    free(store->password);
    free(store->waiting);
    free(store);
}

bool store_connected(const struct store *store)
{
    return store->authenticated;
}

int store_command(struct store *store, const struct store_word *words, size_t n, store_replied *replied, void *arg)
{
    return store->authenticated ? enqueue(store, words, n, replied, arg) : -1;
}
