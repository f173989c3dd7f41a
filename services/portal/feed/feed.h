/*
 * The live stream of the portal: events as the log stores them, to every browser that may see them, at once.
 *
 * An event's id is the position after it, the next sequence of every class, "ops-5,access-9,fleet-12,alert-3"; classes
 * that the browser may not see are left out. The last 65,536 events are kept for browsers that come back with such a
 * position. Who comes with an older one, or after a restart of the portal, is given what is missing from the log
 * itself: nothing is missed that the log still has. `reset` says "load anew": the log is shorter than the position, or
 * it is half a million events further, or another log succeeded it, or something changed that no event told.
 */
#ifndef VEDETTE_PORTAL_FEED_H
#define VEDETTE_PORTAL_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"

#define FEED_TENANT_BYTES 33

struct bus;
struct bus_event;
struct feed;
struct web;

struct feed *feed_new(const struct settings_portal *, struct bus *); /* NULL: no memory */
void feed_take(struct feed *, const struct bus_event *);
/* Everything was taken that the log had: the next sequence of each class. */
void feed_caught_up(struct feed *, const uint64_t next[CLASS_COUNT]);
/* Answer GET /api/v1/stream. */
void feed_open(struct web *);
/* The sequence that follows the newest event of each class; 0: none yet. */
const uint64_t *feed_next(const struct feed *);
unsigned feed_streams(const struct feed *);
/* Tell every browser to load anew: something changed that no event told. */
void feed_reset(struct feed *);
/* Of each stream the tenant that it is bound to, "" to none; a tenant of several comes several times. */
void feed_each_tenant(const struct feed *, void (*each)(void *arg, const char *tenant), void *arg);
/* Beside the log's events and without a position: an event of that name, to the streams that are bound to a tenant ("":
 * to none). */
void feed_say(struct feed *, const char *tenant, const char *name, const char *json, size_t bytes);
/* End the streams of "user:alice", or of all API tokens: permission was asked only when they were opened, and who still
 * has it comes again and misses nothing. */
#define FEED_OF_TOKENS "api:"
void feed_end(struct feed *, const char *actor);
void feed_end_old(struct feed *, int64_t now_ms);

#endif
