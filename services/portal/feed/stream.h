/* One browser that follows the feed: where it is, and how it is brought to where the feed is. For feed.c alone. */
#ifndef VEDETTE_PORTAL_FEED_STREAM_H
#define VEDETTE_PORTAL_FEED_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"
#include "services/portal/feed/feed.h"
#include "services/portal/feed/ring.h"

struct bus;
struct bus_subscription;
struct feed_stream;
struct http_stream;

struct feed {
    const struct settings_portal *settings;
    struct bus *bus;
    bool known; /* next is the end of every class */
    uint64_t next[CLASS_COUNT];
    struct feed_ring ring;
    struct feed_stream *streams;
    unsigned n_streams, n_catching;
};

struct feed_stream {
    struct feed_stream *next_stream, **link;
    struct feed *feed;
    struct http_stream *http;
    unsigned classes;                  /* permitted: 1 << enum class */
    bool placed;                       /* next is known */
    uint64_t next[CLASS_COUNT];        /* its position: the first sequence not dealt with */
    struct bus_subscription *catching; /* what brings it from there to where the feed is; NULL: it is there */
    int64_t until_ms;                  /* monotonic */
    char user[98], tenant[FEED_TENANT_BYTES];
};

/* Begin where the browser says that it was (its Last-Event-ID), or now (NULL, as soon as the feed knows its end). */
void feed_stream_begin(struct feed_stream *, const char *last);
void feed_stream_begin_now(struct feed_stream *);
/* Give it what it misses: out of the ring, and what that does not have any more, out of the log. */
void feed_stream_go_on(struct feed_stream *);
/* The feed has just kept an event; a stream that has not dealt with everything up to this place misses something before
 * it. */
void feed_stream_take(struct feed_stream *, const struct feed_kept *, uint64_t place);
/* Tell it to load anew. */
void feed_stream_reset(struct feed_stream *);
/* It is closed: hear of nothing more. */
void feed_stream_stop(struct feed_stream *);

#endif
