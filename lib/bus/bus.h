/*
 * The bus: events to and from audit, calls between services. The only user of libzmq. docs/bus.md has the frames.
 *
 * Every link is ZeroMQ CURVE. A peer's key names its role (bus.keys, read at start and on SIGHUP); contract/ says what a
 * role may emit, ask and read; everything else is refused and counted. All callbacks run in the loop's thread.
 */
#ifndef VEDETTE_BUS_H
#define VEDETTE_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/problem.h"

struct bus;
struct bus_request;
struct bus_subscription;
struct bus_subscriber;
struct loop;

/* Whether the program can do its work now; if not, why, in at most 200 bytes. */
typedef bool bus_health(void *arg, char reason[201]);

struct bus_options {
    struct loop *loop;
    const struct settings *settings;
    unsigned peer;                          /* enum peer: who we are */
    const char *own_key;                    /* file of our CURVE secret key, Z85: "ingest/bus.key" */
    const char *keys;                       /* table of public keys: lines of `role public-key`, "bus.keys" */
    const char *outbox;                     /* file of events not yet acknowledged; NULL: this peer emits none */
    const char *listen;                     /* endpoint where calls are answered; NULL: none */
    const struct bus_handler *handlers;     /* ended by call -1 */
    bus_health *health;                     /* answers `health` */
    void *health_arg;
    /* From outside, with a key of its own (lib/bus/subscriber.h; kept by the caller): then nothing but loop is needed
     * besides, and only bus_subscribe works. */
    const struct bus_subscriber *subscriber;
};

/* Opens sockets and keys (needs privileges for none but unreadable keys). NULL + problem. */
struct bus *bus_open(const struct bus_options *, struct problem *);
void bus_free(struct bus *);
/* The public key that we prove ourselves with, Z85. */
const char *bus_own_key(const struct bus *);

/* Events out: kept in the outbox until audit has them durably. */

/* Who and what an event is about; NULL and 0 stand for "nothing to say". Copied at once. */
struct event_about {
    int64_t time_ms;            /* wall clock; 0: now */
    const char *tenant;
    const char *subject;        /* "agent/17" */
    const char *actor;          /* "user:alice"; NULL: the service itself */
    int sev;                    /* 0: that of the event's row */
};

/* int bus_emit(bus, event, about, data, stored, arg): use the typed emit_…() of contract.h.
 * 0: it is in the outbox (survives kill -9 of this process) and stored(arg, NULL) follows once audit has it durably;
 * stored(arg, problem) if audit refuses it for good. -1: the outbox is full, nothing was kept. stored may be NULL; after
 * a restart nobody is called for older events. */

/* What was emitted of this class survives a power failure from now on, not only the process. -1: the disk fails. */
int bus_outbox_sync(struct bus *, enum class);
/* Whether less than half of this class's outbox is taken. Events that strangers can provoke are emitted only then: so
 * there is always room for what people do. Operations need it of class ops: so there is always room for stopping. */
bool bus_outbox_has_room(const struct bus *, enum class);
/* For how long the log has taken no entries of class ops; 0: it does. */
int64_t bus_log_away_ms(const struct bus *);

/* How many events wait, and whether audit is connected and takes them. */
struct bus_outbox_state {
    uint64_t waiting, waiting_bytes, dropped;
    bool audit_takes;
};
void bus_outbox_state(const struct bus *, struct bus_outbox_state *ret);

/* Call done(arg), once, as soon as every event is acknowledged, or when audit is away or takes none: those stay in the
 * outbox for the next start. For a program that ends. */
void bus_when_sent(struct bus *, void (*done)(void *arg), void *arg);

/* Events in: protocol resume/1, complete and in order for each class. */

struct bus_filter {
    unsigned classes;           /* bit 1 << enum class */
    const char *tenant;         /* NULL: all permitted */
    int least_sev;              /* 1-4, events at least so severe (numerically ≤); 0: all */
    const char *types;          /* as on the wire, separated by blanks; NULL: all */
    bool undecoded;             /* of an event only class, sequence and json are wanted: a tenth of the work */
};

/* One event as audit stored it. json is the CloudEvents text (valid during the call). data is decoded into its typed
 * struct, by event; -1 and NULL for a type that this build does not know. */
struct bus_event {
    enum class class;
    uint64_t sequence;          /* index in the class's log: the first is 0 */
    int event;
    int64_t time_ms;
    int sev;
    const char *tenant, *subject, *actor;   /* NULL if absent */
    const void *data;
    const char *json;
    size_t json_bytes;
    int64_t recorded_ms;        /* stored: when audit took it, by audit's clock; 0: not told */
    uint64_t place;             /* to go on from it: place + 1. lib/place.h; only rises, whatever becomes of the log */
};
/* event NULL: the subscription has caught up with the end of every class (said once after each connection). */
typedef void bus_event_taken(void *arg, const struct bus_event *event);

#define BUS_FROM_NOW UINT64_MAX
#define BUS_FROM_CURSOR (UINT64_MAX - 1)    /* where this subscriber was, as it told audit; a role: as FROM_NOW */

/* from[class]: first place wanted, 0 the very first; BUS_FROM_NOW: only what comes from now on. Reconnects and replays by
 * itself; where another log succeeded the one that a place is of, it goes on where they part. A subscriber from outside tells audit once a second how far it is: what taken() returned from. */
struct bus_subscription *bus_subscribe(struct bus *, const struct bus_filter *, const uint64_t from[CLASS_COUNT],
                                       bus_event_taken *, void *arg, struct problem *);
/* The next place of the class that is wanted: what is before it was delivered, or is not for this filter. Known once
 * the subscription has caught up. */
uint64_t bus_subscription_next(const struct bus_subscription *, enum class);
/* When audit was last heard on it, by the monotonic clock; 0: never. Its heartbeat comes each second. */
int64_t bus_subscription_heard_ms(const struct bus_subscription *);
void bus_unsubscribe(struct bus_subscription *);
/* Be told when audit refuses the subscription; without this each refusal is logged. It is tried again every few seconds
 * until the caller ends it, which makes sense but for the codes "no-permission", "revoked" and "key-refused". */
void bus_when_refused(struct bus_subscription *, void (*refused)(void *arg, const struct problem *));

/* Calls. */

/* void bus_call(bus, call, actor, request, deadline_ms, answered, arg): use the typed ask_…() of contract.h.
 * answered is called exactly once, never from within bus_call: (arg, NULL, reply struct, valid during the call) or
 * (arg, problem, NULL) with codes "no-answer" (deadline), "no-permission", or what the handler said. actor NULL: us.
 * ask_health goes to the service that bus_call_health names. */
void bus_call_health(struct bus *, unsigned peer, unsigned deadline_ms, bus_answered *, void *arg);

/* A request to be answered exactly once, now or later, by answer_…() or bus_refuse(). A call that calls.def marks as
 * logged reaches its handler only after `operation.requested` is durable; it is refused with "log-unavailable" when
 * that takes more than 5 s, at once when the log has been away for so long or half of the outbox waits for it, and with
 * "log-full" when its disk is full, "slow-down" when its actor asks for too much. A call marked `stop` is never held up: its handler runs when the event is in the
 * outbox, synced. The request struct is valid until the answer. */
struct bus_handler {
    int call;
    void (*take)(struct bus_request *, const void *request);
};
const char *bus_request_actor(const struct bus_request *);  /* "user:alice", "cli:0" */
unsigned bus_request_peer(const struct bus_request *);      /* enum peer that asked, proved by its key */
void *bus_request_context(const struct bus_request *);      /* what bus_set_context was given */
void bus_set_context(struct bus *, void *context);
void bus_refuse(struct bus_request *, const struct problem *);
/* What was there before a change that this request makes, for `configuration.changed`, which follows its answer; without
 * secrets. Takes the reference; NULL (no memory) is harmless. */
void bus_request_old(struct bus_request *, json_t *old);

/* The same path for a request that did not come by socket: the portal's own routes. Logged calls are logged first.
 * request is copied; answered is called later, or at once when 4,096 requests are already waiting ("too-many"). */
void bus_call_self(struct bus *, enum call, const char *actor, const void *request, bus_answered *, void *arg);

/* Keys: CURVE25519 in Z85, 40 characters and NUL. */

#define BUS_KEY_BYTES 41
void bus_make_key(char ret_secret[BUS_KEY_BYTES]);
/* The public key of a secret; -1 if secret is no key in Z85. */
int bus_public_key(const char *secret, char ret_public[BUS_KEY_BYTES]);

#endif
