/*
 * The live stream of the portal: events as the log stores them, to every browser that may see them, at once.
 *
 * An event's id is the position after it, the next sequence of every class, "ops-5,access-9,fleet-12,alert-3"; classes
 * that the browser may not see are left out. The last 65,536 events are kept: a browser that names a position among them misses nothing, any other is
 * told `reset` and loads anew.
 */
#ifndef VEDETTE_PORTAL_FEED_H
#define VEDETTE_PORTAL_FEED_H

#include <stdint.h>

#include "contract.h"

struct bus_event;
struct feed;
struct web;

struct feed *feed_new(const struct settings_portal *); /* NULL: no memory */
void feed_take(struct feed *, const struct bus_event *);
/* Answer GET /api/v1/stream. */
void feed_open(struct web *);
/* "fleet-12,alert-3": the position named; classes not in it 0. 0 or -1. Pure. */
int feed_parse_position(const char *text, uint64_t ret[CLASS_COUNT]);
/* The sequence that follows the newest event of each class; 0: none yet. */
const uint64_t *feed_next(const struct feed *);
unsigned feed_streams(const struct feed *);
/* Tell every browser to load anew: something changed that no event told. */
void feed_reset(struct feed *);
/* End the streams of actors that begin so, "user:alice" or "api:": permission was asked only when they were opened, and
 * who still has it comes again and misses nothing. */
void feed_end(struct feed *, const char *actors);
void feed_end_old(struct feed *, int64_t now_ms);

#endif
