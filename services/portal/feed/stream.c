#include "services/portal/feed/stream.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/http/http.h"
#include "lib/place.h"
#include "services/portal/feed/position.h"

#define CATCHING_MAX 16        /* streams that are given what they missed from the log; others come again for it */
#define CATCHING_A_USER 4      /* of those */
#define CATCHING_EVENTS 500000 /* further behind, loading anew is quicker, and takes no place from others */

static bool permitted(const struct feed_stream *stream, const struct feed_kept *kept)
{
    if (!(stream->classes & 1u << kept->class))
        return false;
    return !stream->tenant[0] || (kept->tenant && !strcmp(kept->tenant, stream->tenant));
}

static int send_event(struct feed_stream *stream, const char *json, size_t bytes)
{
    struct buf out = { 0 };
    feed_position_write(&out, stream->next, stream->classes);
    buf_text(&out, "\ndata: ");
    buf_append(&out, json, bytes);
    buf_text(&out, "\n\n");
    int status = out.failed ? -1 : http_stream_send(stream->http, out.data, out.length);
    buf_free(&out);
    return status;
}

/* The position, and what else is said of it: lines that end with an empty one. */
static void say(struct feed_stream *stream, const char *lines)
{
    struct buf out = { 0 };
    feed_position_write(&out, stream->next, stream->classes);
    buf_text(&out, lines);
    http_stream_send(stream->http, out.data, out.length);
    buf_free(&out);
}

void feed_stream_reset(struct feed_stream *stream)
{
    say(stream, "\nevent: reset\ndata: {}\n\n");
}

static int deliver(struct feed_stream *stream, const struct feed_kept *kept)
{
    uint64_t *next = &stream->next[kept->class];
    if (kept->next[kept->class] <= *next)
        return 0; /* it came while the stream was caught up */
    *next = kept->next[kept->class];
    return permitted(stream, kept) ? send_event(stream, kept->json, kept->bytes) : 0;
}

void feed_stream_stop(struct feed_stream *stream)
{
    if (!stream->catching)
        return;
    bus_unsubscribe(stream->catching);
    stream->catching = NULL;
    stream->feed->n_catching--;
}

/* The log ends here. A class that ends before the position is not the one that the browser knows. */
static void caught_up(struct feed_stream *stream)
{
    bool set_back = false;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(stream->classes & 1u << class))
            continue;
        uint64_t end = bus_subscription_next(stream->catching, (enum class) class);
        set_back |= stream->next[class] != FEED_NOW && end < stream->next[class];
        stream->next[class] = end;
    }
    feed_stream_stop(stream);
    if (set_back)
        feed_stream_reset(stream);
    feed_stream_go_on(stream);
}

static void take_missed(void *arg, const struct bus_event *event)
{
    struct feed_stream *stream = arg;
    if (!event) {
        caught_up(stream);
        return;
    }
    if (stream->next[event->class] != FEED_NOW && event->place < stream->next[event->class])
        return;
    stream->next[event->class] = event->place + 1;
    if (send_event(stream, event->json, event->json_bytes))
        feed_stream_stop(stream); /* more than fits: the browser comes again from where it got to */
}

/* By how much the stream is behind, as far as the feed knows the log's end. */
static uint64_t distance(const struct feed_stream *stream)
{
    uint64_t sum = 0;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const uint64_t end = place_sequence(stream->feed->next[class]), at = place_sequence(stream->next[class]);
        if (stream->classes & 1u << class && stream->next[class] != FEED_NOW && at < end)
            sum += end - at;
    }
    return sum;
}

static bool has_slot(const struct feed_stream *stream)
{
    unsigned of_user = 0;
    for (const struct feed_stream *other = stream->feed->streams; other; other = other->next_stream)
        of_user += other->catching && !strcmp(other->user, stream->user);
    return stream->feed->n_catching < CATCHING_MAX && of_user < CATCHING_A_USER;
}

static void start_anew(struct feed_stream *stream)
{
    memcpy(stream->next, stream->feed->next, sizeof(stream->next));
    feed_stream_reset(stream);
}

static void catch_up(struct feed_stream *stream)
{
    struct problem problem;
    uint64_t from[CLASS_COUNT];
    /* From the entry before on: if the log does not even have that, it ends before the position. */
    for (int class = 0; class < CLASS_COUNT; class ++)
        from[class] = stream->next[class] - (stream->next[class] > 0 && stream->next[class] != FEED_NOW);
    const struct bus_filter filter = {
        .classes = stream->classes,
        .tenant = stream->tenant[0] ? stream->tenant : NULL,
        .undecoded = true,
    };
    if (distance(stream) > CATCHING_EVENTS) {
        start_anew(stream);
        return;
    }
    if (has_slot(stream))
        stream->catching = bus_subscribe(stream->feed->bus, &filter, from, take_missed, stream, &problem);
    if (stream->catching)
        stream->feed->n_catching++;
    else
        http_stream_end(stream->http); /* the browser comes again */
}

void feed_stream_go_on(struct feed_stream *stream)
{
    const struct feed *feed = stream->feed;
    uint64_t n = feed_ring_resume(&feed->ring, stream->next, stream->classes, feed->next);
    if (n == UINT64_MAX) {
        catch_up(stream);
        return;
    }
    for (; n < feed->ring.taken; n++)
        if (deliver(stream, feed_ring_at(&feed->ring, n)))
            return; /* as above */
}

void feed_stream_take(struct feed_stream *stream, const struct feed_kept *kept, uint64_t place)
{
    if (!stream->placed || stream->catching || !(stream->classes & 1u << kept->class))
        return;
    if (place > stream->next[kept->class])
        catch_up(stream); /* the feed began after where this stream is */
    else
        deliver(stream, kept);
}

/* A first visit: the position, so that even a stream broken before its first event can be resumed. */
void feed_stream_begin_now(struct feed_stream *stream)
{
    memcpy(stream->next, stream->feed->next, sizeof(stream->next));
    stream->placed = true;
    say(stream, "\nretry: 1000\n\n");
}

void feed_stream_begin(struct feed_stream *stream, const char *last)
{
    const struct feed *feed = stream->feed;
    if (last && feed_position_parse(last, stream->next)) {
        memcpy(stream->next, feed->next, sizeof(stream->next));
        feed_stream_reset(stream);
        last = NULL;
    }
    if (!last) {
        if (feed->known)
            feed_stream_begin_now(stream);
        return;
    }
    stream->placed = true;
    bool ahead = !feed->known;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (feed->known && stream->next[class] == FEED_NOW)
            stream->next[class] = feed->next[class];
        ahead |= stream->classes & 1u << class && stream->next[class] > feed->next[class];
    }
    /* Ahead of what we know: the log will say whether it is that long. */
    if (ahead)
        catch_up(stream);
    else
        feed_stream_go_on(stream);
}
