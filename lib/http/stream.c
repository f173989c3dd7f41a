#include "lib/http/private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/loop.h"

#define HEARTBEAT_MS 15000 /* a comment: proxies see life, and we notice a browser that has gone */
#define BLOCK_BYTES 8192

/* Listed and freed by the loop's thread; what the HTTP thread touches is under lock. */
struct http_stream {
    struct http *http;
    struct http_stream *next;
    void (*closed)(void *arg);
    void *arg;
    int64_t last_ms;

    pthread_mutex_t lock;
    struct MHD_Connection *mhd; /* valid until gone */
    struct buf out;
    size_t out_done; /* sent bytes of out */
    bool suspended, ended, gone;
};

static void reap(void *arg)
{
    struct http *http = arg;
    struct http_stream **link = &http->streams;
    while (*link) {
        struct http_stream *stream = *link;
        pthread_mutex_lock(&stream->lock);
        bool gone = stream->gone;
        pthread_mutex_unlock(&stream->lock);
        if (!gone) {
            link = &stream->next;
            continue;
        }
        *link = stream->next;
        stream->closed(stream->arg);
        pthread_mutex_destroy(&stream->lock);
        buf_free(&stream->out);
        free(stream);
    }
}

/* HTTP thread: the next bytes, or sleep until there are some. */
static ssize_t read_out(void *arg, uint64_t position, char *into, size_t room)
{
    (void)position;
    struct http_stream *stream = arg;
    pthread_mutex_lock(&stream->lock);
    size_t left = stream->out.length - stream->out_done;
    ssize_t count = (ssize_t)(left < room ? left : room);
    if (count > 0) {
        memcpy(into, stream->out.data + stream->out_done, (size_t)count);
        stream->out_done += (size_t)count;
        if (stream->out_done == stream->out.length) {
            buf_clear(&stream->out);
            stream->out_done = 0;
        }
    } else if (stream->ended) {
        count = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        stream->suspended = true;
        MHD_suspend_connection(stream->mhd);
    }
    pthread_mutex_unlock(&stream->lock);
    return count;
}

static void response_freed(void *arg)
{
    struct http_stream *stream = arg;
    struct http *http = stream->http;
    pthread_mutex_lock(&stream->lock);
    stream->gone = true;
    pthread_mutex_unlock(&stream->lock);
    (void)loop_post(http->options.loop, reap, http); /* a full queue: the sweep reaps it */
}

void http_stream_unsent(struct http_stream *stream)
{
    response_freed(stream);
}

struct MHD_Response *http_stream_response(struct http_stream *stream, struct MHD_Connection *mhd)
{
    stream->mhd = mhd;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_out, stream, response_freed);
    static const char *const headers[] = { "Content-Type: text/event-stream", "Cache-Control: no-store", NULL };
    if (!response) {
        response_freed(stream);
        return NULL;
    }
    if (http_answer_headers(response, headers)) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

struct http_stream *http_stream(
    struct http_request *request, const char *const *headers, size_t limit_bytes, void (*closed)(void *arg), void *arg)
{
    struct http *http = request->http;
    struct http_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        abort(); /* the caller could do nothing else with its browser */
    stream->http = http;
    stream->closed = closed;
    stream->arg = arg;
    stream->last_ms = clock_mono_ms();
    stream->out.limit_bytes = limit_bytes;
    stream->next = http->streams;
    pthread_mutex_init(&stream->lock, NULL);
    http->streams = stream;
    if (http_request_claim(request)) {
        buf_text(&stream->out, ":\n\n"); /* something to send, so that the headers go out at once */
        request->answer.headers = http_headers_copy(headers);
        request->stream = stream;
        MHD_resume_connection(request->mhd);
    } else {
        response_freed(stream);
    }
    http_request_release(request);
    return stream;
}

/* With the lock held. */
static void wake(struct http_stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    MHD_resume_connection(stream->mhd);
}

int http_stream_send(struct http_stream *stream, const char *text, size_t bytes)
{
    int status = -1;
    pthread_mutex_lock(&stream->lock);
    if (!stream->gone && !stream->ended) {
        status = buf_append(&stream->out, text, bytes);
        stream->ended = status != 0; /* it cannot keep up: better a new start than a hole */
        stream->last_ms = clock_mono_ms();
        wake(stream);
    }
    pthread_mutex_unlock(&stream->lock);
    return status;
}

void http_stream_end(struct http_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->gone) {
        stream->ended = true;
        wake(stream);
    }
    pthread_mutex_unlock(&stream->lock);
}

void http_streams_sweep(struct http *http)
{
    reap(http);
    int64_t now_ms = clock_mono_ms();
    for (struct http_stream *stream = http->streams; stream; stream = stream->next)
        if (now_ms - stream->last_ms >= HEARTBEAT_MS)
            http_stream_send(stream, ":\n\n", 3);
}

void http_streams_stop(struct http *http)
{
    for (struct http_stream *stream = http->streams; stream; stream = stream->next)
        http_stream_end(stream);
}
