/* A request at the service that answers it. For serve.c, which takes them, and request.c, which does the rest. */
#ifndef VEDETTE_BUS_REQUEST_H
#define VEDETTE_BUS_REQUEST_H

#include "lib/bus/call_wire.h"
#include "lib/bus/internal.h"

#define REQUESTS_MAX 4096       /* taken and not yet answered */

enum request_stage { STAGE_ARRIVED, STAGE_LOGGING, STAGE_HANDLING, STAGE_ANSWERED };

struct bus_request {
    struct bus *bus;
    struct bus_request *next, **link;
    struct bus_request *next_own;   /* came from ourselves and waits for its turn */
    enum request_stage stage;
    enum call call;
    unsigned peer;
    char actor[CALL_ACTOR_BYTES_MAX + 1];
    json_t *json;
    json_t *old;                /* what its handler said was there before; NULL: nothing */
    void *in;                   /* decoded by the call's shape */
    int64_t log_until_ms;

    struct bus_route route;     /* where it came from, or, if it came from ourselves: */
    uint64_t id;
    bus_answered *answered;
    void *arg;
    struct problem problem;         /* what is wrong with it; code NULL: nothing */
};

struct bus_server {
    struct bus *bus;
    struct bus_socket *socket;
    const struct bus_handler *handlers;
    bus_health *health;
    void *health_arg;
    struct bus_request *requests;
    unsigned n_requests;
    struct bus_request *own, **own_end;
};

/* NULL: too many, or no memory. It is the server's until it is answered or refused. */
struct bus_request *bus_request_new(struct bus_server *);
void bus_request_free(struct bus_request *);

/* Log it if that is due, then hand it to its handler. */
void bus_request_begin(struct bus_request *);
/* Refuse those whose log entry was not taken in time; be called again when the next one is due. */
void bus_requests_refuse_late(struct bus_server *);

/* serve.c */
void bus_server_answer(struct bus *, const struct bus_route *, const struct buf *body);
void bus_server_refuse(struct bus *, const struct bus_route *, uint64_t id, const struct problem *);

#endif
