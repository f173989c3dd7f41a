#include "services/portal/feed/feed.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/http/http.h"
#include "lib/place.h"
#include "services/portal/feed/stream.h"
#include "services/portal/web.h"

#define STREAM_LIMIT_BYTES (16u << 20) /* unsent to one browser; beyond it the stream ends and is resumed */
#define STREAMS_MAX 4096
#define STREAM_LIFE_MS 600000 /* then the browser comes again, if its session or token is still good */

struct feed *feed_new(const struct settings_portal *settings, struct bus *bus)
{
    struct feed *feed = calloc(1, sizeof(*feed));
    if (!feed)
        return NULL;
    feed->settings = settings;
    feed->bus = bus;
    return feed;
}

const uint64_t *feed_next(const struct feed *feed)
{
    return feed->next;
}

unsigned feed_streams(const struct feed *feed)
{
    return feed->n_streams;
}

void feed_reset(struct feed *feed)
{
    for (struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (stream->placed)
            feed_stream_reset(stream);
}

void feed_take(struct feed *feed, const struct bus_event *event)
{
    const uint64_t before = feed->next[event->class];
    if (event->place < before)
        return; /* the log is followed anew, for somebody else's sake */
    /* Another log succeeded ours: what is gone with it may be on the screens. */
    const bool succeeded = before && place_succession(event->place) > place_succession(before);
    if (succeeded)
        feed_reset(feed);
    feed->next[event->class] = event->place + 1;
    const struct feed_kept *kept = feed_ring_keep(&feed->ring, event, feed->next);
    for (struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        feed_stream_take(stream, kept, succeeded ? before : event->place);
}

void feed_caught_up(struct feed *feed, const uint64_t next[CLASS_COUNT])
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (next[class] <= feed->next[class])
            continue;
        /* There were entries before the first one that came: what is kept has a hole there. */
        feed_ring_clear(&feed->ring);
        feed->next[class] = next[class];
    }
    feed->known = true;
    for (struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (!stream->placed)
            feed_stream_begin_now(stream);
        else if (!stream->catching)
            feed_stream_go_on(stream);
}

void feed_each_tenant(const struct feed *feed, void (*each)(void *arg, const char *tenant), void *arg)
{
    for (const struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (stream->placed)
            each(arg, stream->tenant);
}

void feed_say(struct feed *feed, const char *tenant, const char *name, const char *json, size_t bytes)
{
    struct buf out = { 0 };
    buf_format(&out, "event: %s\ndata: ", name);
    buf_append(&out, json, bytes);
    buf_text(&out, "\n\n");
    for (struct feed_stream *stream = feed->streams; stream && !out.failed; stream = stream->next_stream)
        if (stream->placed && !strcmp(stream->tenant, tenant))
            http_stream_send(stream->http, out.data, out.length);
    buf_free(&out);
}

void feed_end(struct feed *feed, const char *actor)
{
    for (struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (!strcmp(stream->user, actor) || (!strcmp(actor, FEED_OF_TOKENS) && !strncmp(stream->user, "api:", 4)))
            http_stream_end(stream->http);
}

void feed_end_old(struct feed *feed, int64_t now_ms)
{
    for (struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (now_ms >= stream->until_ms)
            http_stream_end(stream->http);
}

static void closed(void *arg)
{
    struct feed_stream *stream = arg;
    feed_stream_stop(stream);
    *stream->link = stream->next_stream;
    if (stream->next_stream)
        stream->next_stream->link = stream->link;
    stream->feed->n_streams--;
    free(stream);
}

static int check_room(const struct feed *feed, const struct web *web, struct problem *problem)
{
    int64_t of_user = 0;
    for (const struct feed_stream *stream = feed->streams; stream; stream = stream->next_stream)
        of_user += !strcmp(stream->user, web->actor);
    if (of_user >= feed->settings->streams_per_user)
        return problem_set(problem, "too-many", "", "you have %lld live streams open already", (long long)of_user);
    if (feed->n_streams >= STREAMS_MAX)
        return problem_set(problem, "busy", "", "there are %u live streams already", feed->n_streams);
    return 0;
}

static void list(struct feed *feed, struct feed_stream *stream)
{
    stream->feed = feed;
    stream->next_stream = feed->streams;
    stream->link = &feed->streams;
    if (stream->next_stream)
        stream->next_stream->link = &stream->next_stream;
    feed->streams = stream;
    feed->n_streams++;
}

void feed_open(struct web *web)
{
    struct feed *feed = web->portal->feed;
    struct problem problem;
    struct feed_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        problem_set(&problem, "no-memory", "", "out of memory");
    if (!stream || check_room(feed, web, &problem)) {
        free(stream);
        web_refuse(web, &problem);
        return;
    }
    stream->until_ms = clock_mono_ms() + STREAM_LIFE_MS;
    stream->classes = 1u << CLASS_FLEET | 1u << CLASS_ALERT;
    if (web->who.role >= ROLE_AUDITOR)
        stream->classes |= 1u << CLASS_OPS | 1u << CLASS_ACCESS;
    memcpy(stream->user, web->actor, sizeof(web->actor));
    memcpy(stream->tenant, web->who.tenant, sizeof(web->who.tenant));
    list(feed, stream);
    const char *last = http_header(web->http, "Last-Event-ID");
    char *position = last ? strdup(last) : NULL; /* the request is gone once the stream is open */
    stream->http = http_stream(web->http, NULL, STREAM_LIMIT_BYTES, closed, stream);
    feed_stream_begin(stream, position);
    free(position);
    web_free(web);
}
