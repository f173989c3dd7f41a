#include "services/portal/feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/bus.h"
#include "lib/clock.h"
#include "lib/http.h"
#include "lib/place.h"
#include "services/portal/intern.h"
#include "services/portal/web.h"

#define RING_EVENTS 65536
#define RING_BYTES (48u << 20)         /* of their JSON; an event has some 600 bytes */
#define STREAM_LIMIT_BYTES (16u << 20) /* unsent to one browser; beyond it the stream ends and is resumed */
#define STREAMS_MAX 4096
#define CATCHING_MAX 16       /* streams that are given what they missed from the log; others come again for it */
#define CATCHING_A_USER 4     /* of those */
#define CATCHING_EVENTS 500000 /* further behind, loading anew is quicker, and takes no place from others */
#define STREAM_LIFE_MS 600000 /* then the browser comes again, if its session or token is still good */

struct kept {
    char *json; /* NULL: given up for room */
    size_t bytes;
    uint64_t next[CLASS_COUNT]; /* position after this event */
    int class;
    const char *tenant; /* interned; NULL: belongs to none */
};

struct stream {
    struct stream *next_stream, **link;
    struct feed *feed;
    struct http_stream *http;
    unsigned classes;                  /* permitted: 1 << enum class */
    bool placed;                       /* next is known */
    uint64_t next[CLASS_COUNT];        /* its position: the first sequence not dealt with */
    struct bus_subscription *catching; /* what brings it from there to where the feed is; NULL: it is there */
    int64_t until_ms;                  /* monotonic */
    char user[98], tenant[33];
};

struct feed {
    const struct settings_portal *settings;
    struct bus *bus;
    bool known; /* next is the end of every class */
    struct kept ring[RING_EVENTS];
    uint64_t taken;  /* events so far; event n stands at n % RING_EVENTS */
    uint64_t oldest; /* the first one still kept */
    size_t bytes;
    uint64_t next[CLASS_COUNT];
    struct stream *streams;
    unsigned n_streams, n_catching;
};

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

static void drop_oldest(struct feed *feed)
{
    struct kept *kept = &feed->ring[feed->oldest++ % RING_EVENTS];
    feed->bytes -= kept->bytes;
    free(kept->json);
    *kept = (struct kept){ 0 };
}

static struct kept *keep(struct feed *feed, const struct bus_event *event)
{
    while (feed->taken - feed->oldest >= RING_EVENTS ||
           (feed->oldest < feed->taken && feed->bytes + event->json_bytes > RING_BYTES))
        drop_oldest(feed);
    struct kept *kept = &feed->ring[feed->taken++ % RING_EVENTS];
    *kept = (struct kept){ .json = malloc(event->json_bytes + 1),
        .bytes = event->json_bytes,
        .class = (int)event->class,
        .tenant = intern(event->tenant) };
    if (!kept->json)
        abort();
    memcpy(kept->json, event->json, event->json_bytes);
    memcpy(kept->next, feed->next, sizeof(kept->next));
    feed->bytes += event->json_bytes;
    return kept;
}

static bool permitted(const struct stream *stream, const struct kept *kept)
{
    if (!(stream->classes & 1u << kept->class))
        return false;
    return !stream->tenant[0] || (kept->tenant && !strcmp(kept->tenant, stream->tenant));
}

static void write_position(struct buf *out, const uint64_t next[CLASS_COUNT], unsigned classes)
{
    const char *before = "id: ";
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(classes & 1u << class) || next[class] == FEED_NOW)
            continue;
        buf_format(out, "%s%s-%" PRIu64, before, class_words[class], next[class]);
        before = ",";
    }
}

static int send_event(struct stream *stream, const char *json, size_t bytes)
{
    struct buf out = { 0 };
    write_position(&out, stream->next, stream->classes);
    buf_text(&out, "\ndata: ");
    buf_append(&out, json, bytes);
    buf_text(&out, "\n\n");
    int status = out.failed ? -1 : http_stream_send(stream->http, out.data, out.length);
    buf_free(&out);
    return status;
}

/* The position, and what else is said of it: lines that end with an empty one. */
static void say(struct stream *stream, const char *lines)
{
    struct buf out = { 0 };
    write_position(&out, stream->next, stream->classes);
    buf_text(&out, lines);
    http_stream_send(stream->http, out.data, out.length);
    buf_free(&out);
}

static void say_reset(struct stream *stream)
{
    say(stream, "\nevent: reset\ndata: {}\n\n");
}

void feed_reset(struct feed *feed)
{
    for (struct stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (stream->placed)
            say_reset(stream);
}

static int deliver(struct stream *stream, const struct kept *kept)
{
    uint64_t *next = &stream->next[kept->class];
    if (kept->next[kept->class] <= *next)
        return 0; /* it came while the stream was caught up */
    *next = kept->next[kept->class];
    return permitted(stream, kept) ? send_event(stream, kept->json, kept->bytes) : 0;
}

static void catch_up(struct stream *);

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
    const struct kept *kept = keep(feed, event);
    for (struct stream *stream = feed->streams; stream; stream = stream->next_stream) {
        if (!stream->placed || stream->catching || !(stream->classes & 1u << event->class))
            continue;
        if (event->place > stream->next[event->class] && !(succeeded && stream->next[event->class] == before))
            catch_up(stream); /* the feed began after where this stream is */
        else
            deliver(stream, kept);
    }
}

int feed_parse_position(const char *text, uint64_t ret[CLASS_COUNT])
{
    uint64_t position[CLASS_COUNT];
    for (int class = 0; class < CLASS_COUNT; class ++)
        position[class] = FEED_NOW;
    while (*text) {
        int class = 0;
        size_t length = strcspn(text, "-");
        while (
            class < CLASS_COUNT && (strlen(class_words[class]) != length || memcmp(class_words[class], text, length)))
            class ++;
        if (class == CLASS_COUNT || text[length] != '-')
            return -1;
        text += length + 1;
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 18)
            return -1;
        position[class] = strtoull(text, NULL, 10);
        text += digits;
        if (*text && *text++ != ',')
            return -1;
    }
    memcpy(ret, position, sizeof(position));
    return 0;
}

/* The first kept event that a stream at this position has not seen; feed->taken if none. UINT64_MAX: it is too old. */
static uint64_t resume_at(const struct feed *feed, const uint64_t position[CLASS_COUNT], unsigned classes)
{
    /* Everything before the oldest kept event must have been seen, in each class. */
    const struct kept *oldest = &feed->ring[feed->oldest % RING_EVENTS];
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(classes & 1u << class))
            continue;
        uint64_t least =
            feed->oldest < feed->taken ? oldest->next[class] - (oldest->class == class) : feed->next[class];
        if (position[class] < least)
            return UINT64_MAX;
    }
    for (uint64_t at = feed->oldest; at < feed->taken; at++) {
        const struct kept *kept = &feed->ring[at % RING_EVENTS];
        if (classes & 1u << kept->class && kept->next[kept->class] > position[kept->class])
            return at;
    }
    return feed->taken;
}

/* From the stream's position on, out of the ring; what that does not have any more, out of the log. */
static void go_on(struct stream *stream)
{
    const struct feed *feed = stream->feed;
    uint64_t at = resume_at(feed, stream->next, stream->classes);
    if (at == UINT64_MAX) {
        catch_up(stream);
        return;
    }
    for (; at < feed->taken; at++)
        if (deliver(stream, &feed->ring[at % RING_EVENTS]))
            return; /* more than fits: the browser comes again from where it got to */
}

static void stop_catching(struct stream *stream)
{
    if (!stream->catching)
        return;
    bus_unsubscribe(stream->catching);
    stream->catching = NULL;
    stream->feed->n_catching--;
}

/* The log ends here. A class that ends before the position is not the one that the browser knows. */
static void caught_up(struct stream *stream)
{
    bool set_back = false;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(stream->classes & 1u << class))
            continue;
        uint64_t end = bus_subscription_next(stream->catching, (enum class) class);
        set_back |= stream->next[class] != FEED_NOW && end < stream->next[class];
        stream->next[class] = end;
    }
    stop_catching(stream);
    if (set_back)
        say_reset(stream);
    go_on(stream);
}

static void take_missed(void *arg, const struct bus_event *event)
{
    struct stream *stream = arg;
    if (!event) {
        caught_up(stream);
        return;
    }
    if (stream->next[event->class] != FEED_NOW && event->place < stream->next[event->class])
        return;
    stream->next[event->class] = event->place + 1;
    if (send_event(stream, event->json, event->json_bytes))
        stop_catching(stream); /* as above */
}

/* By how much the stream is behind, as far as the feed knows the log's end. */
static uint64_t distance(const struct stream *stream)
{
    uint64_t sum = 0;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const uint64_t end = place_sequence(stream->feed->next[class]), at = place_sequence(stream->next[class]);
        if (stream->classes & 1u << class && stream->next[class] != FEED_NOW && at < end)
            sum += end - at;
    }
    return sum;
}

static bool has_slot(const struct stream *stream)
{
    unsigned of_user = 0;
    for (const struct stream *other = stream->feed->streams; other; other = other->next_stream)
        of_user += other->catching && !strcmp(other->user, stream->user);
    return stream->feed->n_catching < CATCHING_MAX && of_user < CATCHING_A_USER;
}

static void start_anew(struct stream *stream)
{
    memcpy(stream->next, stream->feed->next, sizeof(stream->next));
    say_reset(stream);
}

static void catch_up(struct stream *stream)
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

/* A first visit: the position, so that even a stream broken before its first event can be resumed. */
static void begin_now(struct stream *stream)
{
    memcpy(stream->next, stream->feed->next, sizeof(stream->next));
    stream->placed = true;
    say(stream, "\nretry: 1000\n\n");
}

static void begin(struct stream *stream, const char *last)
{
    const struct feed *feed = stream->feed;
    if (last && feed_parse_position(last, stream->next)) {
        memcpy(stream->next, feed->next, sizeof(stream->next));
        say_reset(stream);
        last = NULL;
    }
    if (!last) {
        if (feed->known)
            begin_now(stream);
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
        go_on(stream);
}

void feed_caught_up(struct feed *feed, const uint64_t next[CLASS_COUNT])
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (next[class] <= feed->next[class])
            continue;
        /* There were entries before the first one that came: what is kept has a hole there. */
        while (feed->oldest < feed->taken)
            drop_oldest(feed);
        feed->next[class] = next[class];
    }
    feed->known = true;
    for (struct stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (!stream->placed)
            begin_now(stream);
        else if (!stream->catching)
            go_on(stream);
}

static void closed(void *arg)
{
    struct stream *stream = arg;
    stop_catching(stream);
    *stream->link = stream->next_stream;
    if (stream->next_stream)
        stream->next_stream->link = stream->link;
    stream->feed->n_streams--;
    free(stream);
}

void feed_end(struct feed *feed, const char *actor)
{
    for (struct stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (!strcmp(stream->user, actor) || (!strcmp(actor, FEED_OF_TOKENS) && !strncmp(stream->user, "api:", 4)))
            http_stream_end(stream->http);
}

void feed_end_old(struct feed *feed, int64_t now_ms)
{
    for (struct stream *stream = feed->streams; stream; stream = stream->next_stream)
        if (now_ms >= stream->until_ms)
            http_stream_end(stream->http);
}

static int check_room(const struct feed *feed, const struct web *web, struct problem *problem)
{
    int64_t of_user = 0;
    for (const struct stream *stream = feed->streams; stream; stream = stream->next_stream)
        of_user += !strcmp(stream->user, web->actor);
    if (of_user >= feed->settings->streams_per_user)
        return problem_set(problem, "too-many", "", "you have %lld live streams open already", (long long)of_user);
    if (feed->n_streams >= STREAMS_MAX)
        return problem_set(problem, "busy", "", "there are %u live streams already", feed->n_streams);
    return 0;
}

void feed_open(struct web *web)
{
    struct feed *feed = web->portal->feed;
    struct problem problem;
    struct stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        problem_set(&problem, "no-memory", "", "out of memory");
    if (!stream || check_room(feed, web, &problem)) {
        free(stream);
        web_refuse(web, &problem);
        return;
    }
    stream->feed = feed;
    stream->until_ms = clock_mono_ms() + STREAM_LIFE_MS;
    stream->classes = 1u << CLASS_FLEET | 1u << CLASS_ALERT;
    if (web->who.role >= ROLE_AUDITOR)
        stream->classes |= 1u << CLASS_OPS | 1u << CLASS_ACCESS;
    memcpy(stream->user, web->actor, sizeof(web->actor));
    memcpy(stream->tenant, web->who.tenant, sizeof(web->who.tenant));
    stream->next_stream = feed->streams;
    stream->link = &feed->streams;
    if (stream->next_stream)
        stream->next_stream->link = &stream->next_stream;
    feed->streams = stream;
    feed->n_streams++;
    const char *last = http_header(web->http, "Last-Event-ID");
    char *position = last ? strdup(last) : NULL; /* the request is gone once the stream is open */
    stream->http = http_stream(web->http, NULL, STREAM_LIMIT_BYTES, closed, stream);
    begin(stream, position);
    free(position);
    web_free(web);
}
