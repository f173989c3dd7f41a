#include "lib/bus/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <zmq.h>

#include "lib/loop.h"

#define SOCKETS_MAX 1024        /* of this process; connections of a bound socket do not count */
#define BACKLOG 256             /* connections not yet accepted */
#define HANDSHAKE_MS 5000       /* a peer that has not proved its key by then is cut off */
#define HEARTBEAT_MS 2000       /* a dead peer is noticed after twice this */
#define RECONNECT_MS 50         /* first retry */
#define RECONNECT_MAX_MS 1000   /* doubling up to this */
#define LINGER_MS 300           /* answers on their way out when a service ends */
#define IPC "ipc://"
#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

struct bus_socket {
    void *zmq;
    struct loop_watch *watch;
    struct bus_socket *next, **link;    /* in bus_sockets */
    bool alone;
    bool refused;                       /* a message found nobody there, or no room, since it was last said to be ready */
    zmq_msg_t parts[BUS_FRAMES_MAX];    /* what was received last */
    size_t n_parts;
};

/* One context a process: its thread does the cryptography and the network. */
static struct {
    void *zmq;
    unsigned users;
} context;

static void *context_get(void)
{
    if (!context.users) {
        context.zmq = zmq_ctx_new();
        if (!context.zmq)
            return NULL;
        zmq_ctx_set(context.zmq, ZMQ_MAX_SOCKETS, SOCKETS_MAX);
        zmq_ctx_set(context.zmq, ZMQ_IPV6, 1);
    }
    context.users++;
    return context.zmq;
}

static void context_put(void)
{
    if (!--context.users)
        zmq_ctx_term(context.zmq);
}

int bus_identity_set(struct bus_identity *identity, const char *secret_key)
{
    if (bus_public_key(secret_key, identity->public_key))
        return -1;
    memcpy(identity->secret_key, secret_key, BUS_KEY_BYTES);
    return 0;
}

void bus_key_text(const void *key, char ret[BUS_KEY_BYTES])
{
    zmq_z85_encode(ret, key, 32);
}

static int set_int(struct bus_socket *socket, int option, int value)
{
    return zmq_setsockopt(socket->zmq, option, &value, sizeof(value));
}

/* The descriptor only wakes the loop: libzmq says by ZMQ_EVENTS what there is, and the owner asks at every turn. */
static void woken(void *arg, uint32_t events)
{
    (void)arg, (void)events;
}

static int plug_in(struct bus_socket *socket, struct bus_sockets *sockets)
{
    int fd;
    size_t bytes = sizeof(fd);
    if (zmq_getsockopt(socket->zmq, ZMQ_FD, &fd, &bytes))
        return -1;
    socket->watch = loop_watch(sockets->loop, fd, EPOLLIN, woken, socket);
    if (!socket->watch)
        return -1;
    socket->next = sockets->first;
    socket->link = &sockets->first;
    if (socket->next)
        socket->next->link = &socket->next;
    sockets->first = socket;
    return 0;
}

static int set_options(struct bus_socket *socket, enum bus_socket_kind kind, const struct bus_identity *own,
    size_t message_bytes_max, int queue)
{
    int64_t bytes_max = (int64_t)message_bytes_max;
    if (zmq_setsockopt(socket->zmq, ZMQ_CURVE_SECRETKEY, own->secret_key, BUS_KEY_BYTES) ||
        zmq_setsockopt(socket->zmq, ZMQ_CURVE_PUBLICKEY, own->public_key, BUS_KEY_BYTES) ||
        zmq_setsockopt(socket->zmq, ZMQ_MAXMSGSIZE, &bytes_max, sizeof(bytes_max)) ||
        set_int(socket, ZMQ_SNDHWM, queue) || set_int(socket, ZMQ_RCVHWM, queue) ||
        set_int(socket, ZMQ_BACKLOG, BACKLOG) || set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) ||
        set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) || set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, 2 * HEARTBEAT_MS) ||
        set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) || set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) ||
        set_int(socket, ZMQ_LINGER, kind == BUS_SOCKET_ROUTER ? LINGER_MS : 0))
        return -1;
    /* A DEALER queues only for a server that is there, so that nothing is done long after its caller gave up. */
    if (kind == BUS_SOCKET_DEALER)
        return set_int(socket, ZMQ_IMMEDIATE, 1);
    return kind == BUS_SOCKET_XPUB ? set_int(socket, ZMQ_XPUB_MANUAL, 1) : 0;
}

static struct bus_socket *open_raw(int type)
{
    struct bus_socket *socket = calloc(1, sizeof(*socket));
    void *zmq = socket ? context_get() : NULL;
    if (!zmq) {
        free(socket);
        return NULL;
    }
    socket->zmq = zmq_socket(zmq, type);
    if (!socket->zmq) {
        free(socket);
        context_put();
        return NULL;
    }
    return socket;
}

struct bus_socket *bus_socket_open(struct bus_sockets *sockets, enum bus_socket_kind kind, size_t message_bytes_max,
    int queue, struct problem *problem)
{
    static const int types[] = { ZMQ_ROUTER, ZMQ_DEALER, ZMQ_XPUB, ZMQ_SUB };
    struct bus_socket *socket = open_raw(types[kind]);
    if (!socket || set_options(socket, kind, &sockets->identity, message_bytes_max, queue) ||
        plug_in(socket, sockets)) {
        problem_set(problem, "bus", "", "cannot open a socket: %s", zmq_strerror(errno));
        bus_socket_close(socket);
        return NULL;
    }
    return socket;
}

struct bus_socket *bus_socket_open_zap(struct bus_sockets *sockets, struct problem *problem)
{
    struct bus_socket *socket = open_raw(ZMQ_REP);
    if (!socket || set_int(socket, ZMQ_LINGER, 0) || zmq_bind(socket->zmq, ZAP_ENDPOINT) || plug_in(socket, sockets)) {
        problem_set(problem, "bus", "", "cannot bind " ZAP_ENDPOINT ": %s", zmq_strerror(errno));
        bus_socket_close(socket);
        return NULL;
    }
    return socket;
}

struct bus_socket *bus_socket_open_monitor(struct bus_sockets *sockets, const char *endpoint, struct problem *problem)
{
    struct bus_socket *socket = open_raw(ZMQ_PAIR);
    if (!socket || set_int(socket, ZMQ_LINGER, 0) || zmq_connect(socket->zmq, endpoint) || plug_in(socket, sockets)) {
        problem_set(problem, "bus", "", "cannot connect to %s: %s", endpoint, zmq_strerror(errno));
        bus_socket_close(socket);
        return NULL;
    }
    return socket;
}

void *bus_socket_zmq(struct bus_socket *socket)
{
    return socket->zmq;
}

int bus_socket_name(struct bus_socket *socket, const char *name)
{
    return zmq_setsockopt(socket->zmq, ZMQ_ZAP_DOMAIN, name, strlen(name));
}

static void drop_parts(struct bus_socket *socket)
{
    while (socket->n_parts)
        zmq_msg_close(&socket->parts[--socket->n_parts]);
}

void bus_socket_close(struct bus_socket *socket)
{
    if (!socket)
        return;
    drop_parts(socket);
    if (socket->link) {
        *socket->link = socket->next;
        if (socket->next)
            socket->next->link = socket->link;
    }
    loop_unwatch(socket->watch);
    zmq_close(socket->zmq);
    free(socket);
    context_put();
}

int bus_socket_admit(struct bus_socket *socket, uid_t user)
{
    return zmq_setsockopt(socket->zmq, ZMQ_IPC_FILTER_UID, &user, sizeof(user));
}

int bus_socket_bind(struct bus_socket *socket, const char *endpoint, struct problem *problem)
{
    if (set_int(socket, ZMQ_CURVE_SERVER, 1) || zmq_bind(socket->zmq, endpoint))
        return problem_set(problem, "bus", endpoint, "cannot listen at %s: %s", endpoint, zmq_strerror(errno));
    if (!strncmp(endpoint, IPC, strlen(IPC)) && chmod(endpoint + strlen(IPC), 0666))
        return problem_errno(problem, "bus", endpoint, "cannot open %s to other users", endpoint);
    return 0;
}

int bus_socket_connect(struct bus_socket *socket, const char *endpoint, const char *server_key, struct problem *problem)
{
    if (zmq_setsockopt(socket->zmq, ZMQ_CURVE_SERVERKEY, server_key, BUS_KEY_BYTES) ||
        zmq_connect(socket->zmq, endpoint))
        return problem_set(problem, "bus", endpoint, "cannot connect to %s: %s", endpoint, zmq_strerror(errno));
    return 0;
}

void bus_socket_linger(struct bus_socket *socket)
{
    set_int(socket, ZMQ_LINGER, LINGER_MS);
}

static int events_of(const struct bus_socket *socket)
{
    int events = 0;
    size_t bytes = sizeof(events);
    return zmq_getsockopt(socket->zmq, ZMQ_EVENTS, &events, &bytes) ? 0 : events;
}

bool bus_socket_takes(struct bus_socket *socket)
{
    return events_of(socket) & ZMQ_POLLOUT;
}

static bool is_ready(struct bus_socket *socket)
{
    int events = events_of(socket);
    bool takes_now = socket->refused && events & ZMQ_POLLOUT;
    if (takes_now)
        socket->refused = false;
    return takes_now || (events & ZMQ_POLLIN && !socket->alone);
}

bool bus_sockets_ready(const struct bus_sockets *sockets)
{
    bool ready = false;
    /* Every one is asked, for that takes back its wake-up: else the loop would not sleep. */
    for (struct bus_socket *socket = sockets->first; socket; socket = socket->next)
        ready |= is_ready(socket);
    return ready;
}

void bus_socket_leave_alone(struct bus_socket *socket, bool alone)
{
    socket->alone = alone;
}

static struct bus_who sender_of(zmq_msg_t *part)
{
    const char *user = zmq_msg_gets(part, "User-Id");
    return user ? bus_who_read(user) : (struct bus_who){ 0 };
}

int bus_socket_receive(struct bus_socket *socket, struct bus_message *ret)
{
    bool more = true, too_many = false;
    drop_parts(socket);
    while (more) {
        zmq_msg_t *part = &socket->parts[socket->n_parts];
        zmq_msg_init(part);
        if (zmq_msg_recv(part, socket->zmq, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(part);
            return 1;
        }
        more = zmq_msg_more(part);
        socket->n_parts++;
        if (socket->n_parts == BUS_FRAMES_MAX && more) {
            too_many = true;
            drop_parts(socket);
        }
    }
    if (too_many)
        return -1;
    ret->n = socket->n_parts;
    ret->who = sender_of(&socket->parts[ret->n - 1]);
    for (size_t i = 0; i < ret->n; i++)
        ret->frames[i] = (struct bus_frame){ zmq_msg_data(&socket->parts[i]), zmq_msg_size(&socket->parts[i]) };
    return 0;
}

int bus_socket_sender(struct bus_socket *socket)
{
    return socket->n_parts ? zmq_msg_get(&socket->parts[socket->n_parts - 1], ZMQ_SRCFD) : -1;
}

int bus_socket_send(struct bus_socket *socket, const struct bus_frame *frames, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0);
        /* Only the first frame can be refused; libzmq takes a message wholly or not at all. */
        if (zmq_send(socket->zmq, frames[i].data, frames[i].bytes, flags) < 0) {
            socket->refused = true;
            return -1;
        }
    }
    return 0;
}

int bus_socket_subscribe(struct bus_socket *socket, const char *topic)
{
    return zmq_setsockopt(socket->zmq, ZMQ_SUBSCRIBE, topic, strlen(topic));
}
