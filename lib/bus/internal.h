/* What the parts of the bus share. Only lib/bus/ includes this. */
#ifndef VEDETTE_BUS_INTERNAL_H
#define VEDETTE_BUS_INTERNAL_H

#include "lib/bus/bus.h"
#include "lib/bus/keys.h"
#include "lib/bus/peers.h"
#include "lib/bus/socket.h"

/* Kinds of messages at a service's endpoint: the first frame. docs/bus.md. */
#define BUS_KIND_CALL "call"
#define BUS_KIND_EVENTS "events"

#define BUS_ROUTE_BYTES 32      /* a ROUTER's name for a connection: 5 bytes in libzmq */
#define BUS_REQUEST_BYTES_MAX (1u << 20)
#define BUS_REQUEST_HEAD_BYTES 512 /* what stands before a request's JSON: 176 at most */
#define BUS_REPLY_BYTES_MAX (64u << 20)     /* agents.list of a very large fleet */
#define BUS_QUEUE 1000          /* messages a connection may queue each way */
#define BUS_MESSAGES_A_TURN 256 /* of one socket, before the others have their turn */

/* Why something was refused: the label of a metric, and what audit reports. */
enum bus_refused {
    BUS_REFUSED_UNKNOWN_KEY,
    BUS_REFUSED_NO_PERMISSION,
    BUS_REFUSED_MALFORMED,
    BUS_REFUSED_TOO_MANY,
    BUS_REFUSED_BAD_HANDSHAKE,
    BUS_REFUSED_SILENT,
    BUS_REFUSED_COUNT,
};
extern const char *const bus_refused_words[BUS_REFUSED_COUNT];

/* Where an answer goes. */
struct bus_route {
    uint8_t bytes[BUS_ROUTE_BYTES];
    size_t length;
};

struct bus_producer;
struct bus_calls;
struct bus_server;
struct bus_spine;

struct bus {
    struct loop *loop;
    const struct settings *settings;
    unsigned peer;
    const struct bus_subscriber *subscriber;    /* NULL: one of bus.keys */
    struct bus_sockets sockets;
    struct bus_keys keys;
    char *keys_path;
    void *context;
    int64_t started_ms;

    struct bus_socket *zap;
    struct bus_server *server;              /* NULL: answers no calls */
    struct bus_calls *calls;
    struct bus_producer *producer;          /* NULL: emits nothing, or is audit itself */
    struct bus_spine *spine;                /* audit only */
    struct bus_subscription *subscriptions;

    uint64_t refused[BUS_REFUSED_COUNT];

    struct loop_timer *timer;
    int64_t now_ms;                         /* monotonic, of this turn */
    int64_t armed_ms, next_ms;              /* when the timer is due; when it should be */
    bool again;                             /* there is work left: another pass before the loop waits */
};

/* Within a turn: be called again no later than then. */
void bus_due_by(struct bus *, int64_t mono_ms);
const char *bus_endpoint(const struct bus *, unsigned peer);
/* The actor of what nobody else asked for: our own name. */
const char *bus_own_actor(const struct bus *);

/* Each part: opened by bus_open, given its turn before the loop waits. */
void bus_zap_turn(struct bus *);

struct bus_server *bus_server_open(struct bus *, const struct bus_options *, struct problem *);
void bus_server_free(struct bus_server *);
void bus_server_turn(struct bus_server *);
int bus_server_send(struct bus *, const struct bus_route *, const struct bus_frame *frames, size_t n);

struct bus_calls *bus_calls_open(struct bus *);
void bus_calls_free(struct bus_calls *);
void bus_calls_turn(struct bus_calls *);

struct bus_producer *bus_producer_open(struct bus *, const char *outbox, struct problem *);
void bus_producer_free(struct bus_producer *);
void bus_producer_turn(struct bus_producer *);
/* An operation was refused because the log took no entry: told by an event once it does. */
void bus_count_unlogged(struct bus *);

void bus_subscriptions_turn(struct bus *);
void bus_subscriptions_free(struct bus *);

struct bus_spine *bus_spine_open(struct bus *, struct problem *);
void bus_spine_free(struct bus_spine *);
void bus_spine_turn(struct bus_spine *);
/* The subscriber whose key it is, if the socket of this name is one of the streams. */
struct bus_who bus_spine_subscriber(const struct bus_spine *, const struct bus_frame *name, const char *key);
/* May one more of theirs connect to the socket of this name? */
bool bus_spine_admits(struct bus_spine *, const struct bus_frame *name, const struct bus_who *);
/* A message of kind "events" came to audit's endpoint. */
void bus_spine_take(struct bus_spine *, unsigned peer, const struct bus_route *, const struct bus_frame *body);
/* Audit's own event. */
int bus_spine_emit(struct bus_spine *, const char *text, size_t bytes, bus_stored *, void *arg);

bool bus_frame_is(const struct bus_frame *, const char *text);

#endif
