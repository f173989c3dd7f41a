/*
 * HTTPS server: libmicrohttpd with epoll and a thread pool, TLS 1.2 and 1.3 only, and the guards it lacks: request
 * smuggling, slow headers, slow handshakes, oversize bodies. Without TLS only for this very machine (`vedette sign`).
 * The only user of libmicrohttpd and GnuTLS.
 *
 * A request is read wholly in an HTTP thread, then handed to the loop, where `take` runs and answers it, now or later.
 */
#ifndef VEDETTE_HTTP_H
#define VEDETTE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct http_request;
struct http_stream;
struct loop;
struct problem;

struct http_options {
    struct loop *loop;
    const char *listen;            /* address from settings */
    const char *certificate, *key; /* PEM files; read again by http_reload. NULL: no TLS, and listen is of the loopback */
    unsigned threads, connections_max;
    size_t body_limit_bytes;        /* larger: 413 */
    size_t bodies_bytes_max;        /* of all bodies at a time, beyond 32 KiB of each; more: 503. 0: no limit */
    unsigned header_deadline_ms;    /* 15,000: headers complete since the request's first byte; else closed */
    unsigned handshake_deadline_ms; /* 10,000 */
    unsigned body_deadline_ms;      /* whole request since its first byte */
    const char *const *headers;     /* "Name: value" on every answer, refusals too; NULL-terminated, NULL for none */
    void (*take)(void *arg, struct http_request *);
    void *arg;
};

struct http *http_open(const struct http_options *, struct problem *); /* binds; serves from http_start on */
int http_start(struct http *, struct problem *);
int http_reload(struct http *, struct problem *);
/* Ends all connections; once, from the loop. Requests not yet answered are still answered (to nobody), not read. */
void http_stop(struct http *);
unsigned http_port(const struct http *);

/* Counters for metrics; valid for the server's life. */
struct http_counts {
    uint64_t requests, refused_smuggling, refused_oversize, refused_slow, refused_handshake, connections;
};
const struct http_counts *http_counts(const struct http *);

/* What was asked: valid until answered. Names of headers are case-insensitive; NULL if absent. Path and query are
 * percent-decoded; a request with a bad escape, a control character or broken UTF-8 in them never gets here. */
const char *http_method(const struct http_request *);
const char *http_path(const struct http_request *); /* without the query */
const char *http_header(const struct http_request *, const char *name);
const char *http_cookie(const struct http_request *, const char *name);
const char *http_query(const struct http_request *, const char *name);
/* Every query argument in turn; stops when each returns false. */
void http_each_query(
    const struct http_request *, bool (*each)(void *arg, const char *name, const char *value), void *arg);
const char *http_body(const struct http_request *, size_t *ret_bytes);
const char *http_peer(const struct http_request *); /* numeric address */

/* Whether an Accept-Encoding header (NULL: none) lets us send gzip. Pure. */
bool http_accepts_gzip(const char *accept_encoding);

/* Answer once, from the loop's thread. Headers are "Name: value" lines, NULL-terminated; NULL for none. With gzip the
 * body is compressed in the HTTP thread when the client accepts that and it has more than 1,024 bytes. Data is copied
 * unless its owner is passed: then owner_free(owner) is called when it has been sent, from whatever thread. Bytes
 * without data are those of a file, read in the HTTP thread as they are sent, never compressed; fd is closed then. */
struct http_answer {
    int status;
    const char *type; /* Content-Type */
    const void *data;
    size_t bytes;
    int fd;
    const char *const *headers;
    bool gzip;
    void *owner;
    void (*owner_free)(void *owner);
};
void http_answer(struct http_request *, const struct http_answer *);

/* Answer with an event stream (text/event-stream) that stays open. closed(arg) is called in the loop's thread when the
 * browser has gone or http_stream_end was called. More than limit_bytes unsent: the stream is ended. */
struct http_stream *http_stream(
    struct http_request *, const char *const *headers, size_t limit_bytes, void (*closed)(void *arg), void *arg);
int http_stream_send(struct http_stream *, const char *text, size_t bytes);
void http_stream_end(struct http_stream *);

#endif
