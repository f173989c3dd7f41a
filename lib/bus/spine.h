/*
 * The bus's spine: what only vedette-audit uses. It takes the producers' events, and once they are durable publishes
 * them and answers those who were away. Handlers run in the loop's thread, within the bus's turn.
 */
#ifndef VEDETTE_BUS_SPINE_H
#define VEDETTE_BUS_SPINE_H

#include "lib/bus/batch.h"
#include "lib/bus/bus.h"
#include "lib/bus/keys.h"
#include "lib/bus/resume.h"

#define BUS_DESCRIPTORS_MAX 65536   /* that audit may have: its connections are looked up by them */

struct bus_route;

struct bus_spine_handlers {
    /* A producer's batch, whole; to be answered by bus_spine_answer. The route may be copied (bus_route_copy). */
    void (*batch)(void *arg, unsigned peer, const struct bus_route *, const struct batch *);
    /* Audit's own event, as produced. 0 or -1. */
    int (*own)(void *arg, const char *text, size_t bytes);
    /* The number of the subscriber whose key this is, 40 characters; 0: nobody's, or revoked. */
    uint32_t (*subscriber)(void *arg, const char *key);
    /* A subscriber's request, or a role's; to be answered by bus_spine_granted, _records or _refused at once. A cursor is
     * not answered unless it is refused. */
    void (*request)(void *arg, const struct bus_who *, const struct bus_route *, const struct resume_request *);
    /* May they listen to the filter of this id? If so, what its heartbeat says. */
    bool (*owns)(void *arg, const struct bus_who *, const char *id, uint64_t *ret_head, uint64_t *ret_since);
    /* All that had arrived was handed over: make it durable, answer, publish. When it returns, audit's own events are
     * durable too. */
    void (*settle)(void *arg);
};
void bus_spine_serve(struct bus *, const struct bus_spine_handlers *, void *arg);

#define BUS_ROUTE_ROOM 40
struct bus_route_copy {
    _Alignas(8) unsigned char room[BUS_ROUTE_ROOM];
};
void bus_route_copy(struct bus_route_copy *, const struct bus_route *);
void bus_spine_answer(struct bus *, const struct bus_route_copy *, const struct batch_answer *);

/* All numbers of events from here on are places (lib/place.h).
 * Of the filter no events stand from `since` up to, not including, `next` but these (resume_record_add); NULL: none, a
 * heartbeat. Never blocks: who does not read fast enough finds a gap and asks for a replay. */
void bus_spine_publish(struct bus *, const char *id, uint64_t next, uint64_t since, const struct buf *records);

/* End the connections that a subscriber has, once they had a moment to hear why. */
void bus_spine_end(struct bus *, uint32_t subscriber);
/* The last that is heard under this id. */
void bus_spine_publish_revoked(struct bus *, const char *id);

void bus_spine_granted(struct bus *, const struct bus_route *, const char *id, uint64_t size, uint64_t cursor);
void bus_spine_records(struct bus *, const struct bus_route *, const char *id, uint64_t size, uint64_t next,
                       const struct buf *records);
void bus_spine_refused(struct bus *, const struct bus_route *, const struct problem *);

/* Audit's own public key, which its subscribers must know. */
const char *bus_spine_key(const struct bus *);

/* How many connections and messages were refused since the start, by reason; NULL ends the reasons. */
uint64_t bus_spine_refusals(const struct bus *, unsigned index, const char **ret_reason);
/* One more: an event without permission, a malformed one. */
void bus_spine_count_refused(struct bus *, bool permission);

#endif
