/* What the files of the HTTP server share. Nothing outside lib/http/ includes this. */
#ifndef VEDETTE_HTTP_PRIVATE_H
#define VEDETTE_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "lib/buf.h"
#include "lib/http/http.h"

struct http_connection;

#define HTTP_QUERY_MAX 16            /* arguments of one request; the longest route takes five */
#define HTTP_IDLE_S 75               /* a kept connection without a request */
#define HTTP_SEND_DEADLINE_MS 300000 /* an answer must have been fetched by then */
#define HTTP_SWALLOW_BYTES (1 << 20) /* of a body over the limit: read on, so that the client hears the 413 */
#define HTTP_SMALL_BODY_BYTES 32768 /* 4,096 connections with one each are 128 MiB */

/* Certificates (tls.c). */

struct http_certificate;
struct http_certificate *http_certificate_load(const char *certificate, const char *key, struct problem *);
void http_certificate_free(struct http_certificate *);
void http_tls_options(struct MHD_OptionItem ret[3]);
/* Called in the HTTP thread when the client's last handshake message has been read. */
void http_tls_on_handshake(struct MHD_Connection *, struct http_connection *);

/* Connections and their deadlines (connection.c). */

enum http_phase {
    PHASE_HANDSHAKE, /* TLS is being agreed */
    PHASE_IDLE,      /* no byte of a request yet */
    PHASE_HEADERS,   /* the first byte came, the headers are not complete */
    PHASE_BODY,
    PHASE_WORK,    /* the loop has it */
    PHASE_ANSWER,  /* being sent */
    PHASE_STREAM,  /* an event stream, for as long as it lasts */
    PHASE_REFUSED, /* being closed */
};

/* One TCP connection, listed from accept to close; all of it is under http->lock. */
struct http_connection {
    struct http *http;
    struct http_connection *next, **link;
    int fd;
    enum http_phase phase;
    int64_t first_byte_ms, deadline_ms;
    uint64_t read_bytes; /* PHASE_IDLE: TCP bytes taken when it began; once more have arrived a request has begun */
};

void http_connection_notify(
    void *http, struct MHD_Connection *, void **ret_connection, enum MHD_ConnectionNotificationCode);
void http_connection_enter(struct http_connection *, enum http_phase);
struct http_connection *http_connection_of(struct MHD_Connection *);
void http_connection_sweep(struct http *);

/* Smuggling guard (guard.c), pure. */

struct http_facts {
    unsigned hosts, lengths, encodings;
    bool chunked, bad_length, bad_name;
    uint64_t length;
};
void http_facts_add(struct http_facts *, const char *name, size_t name_bytes, const char *value);
/* Why a request with these headers may mean one thing to one reader and another to the next (RFC 9112 §6.3, §11.2);
 * NULL if it cannot. */
const char *http_facts_ambiguous(const struct http_facts *, bool http_1_1);

/* Percent-decoding (uri.c), pure. */

/* Decode text in place. -1: bad escape, control character or broken UTF-8. */
int http_decode(char *text);

/* The server (http.c). */

struct http {
    struct http_options options;
    struct MHD_Daemon *daemon;
    int listen_fd;
    unsigned port;
    struct http_counts counts; /* added to by atomic operations from the HTTP threads */
    _Atomic(struct http_certificate *) certificate;
    struct http_certificate *former; /* replaced, perhaps still in a handshake until former_until_ms */
    int64_t former_until_ms;
    struct http_stream *streams; /* loop thread only */

    atomic_size_t large_bytes; /* of bodies, beyond HTTP_SMALL_BODY_BYTES each */

    pthread_mutex_t lock;
    struct http_connection *connections;
    struct http_request *waiting; /* suspended until the loop answers */
    bool stopping;
};

void http_count(uint64_t *count);

/* Requests (request.c). */

struct http_argument {
    char *name, *value;
};

/* An answer as the HTTP thread sends it: copied from http_answer, data perhaps owned by someone else. */
struct http_outgoing {
    int status;
    char type[64];
    void *data;
    size_t bytes;
    bool file; /* of fd, which is ours */
    int fd;
    char **headers;
    bool gzip;
    void *owner;
    void (*owner_free)(void *owner);
};

/* Referenced by libmicrohttpd until the request is completed and by the loop until it is answered. */
struct http_request {
    struct http *http;
    struct http_connection *connection;
    struct MHD_Connection *mhd;
    atomic_int references;
    const char *method;
    char *path;
    struct http_argument query[HTTP_QUERY_MAX];
    size_t n_query;
    bool bad_query;
    struct buf body;
    size_t body_bytes; /* arrived, also beyond the limit */
    size_t large_bytes; /* of these counted in http->large_bytes */
    bool crowded;      /* too many large ones at a time */
    char peer[64];

    bool handed;                       /* HTTP thread: suspended, given to the loop */
    struct http_request *next, **link; /* in http->waiting; these three under http->lock */
    bool answered, abandoned;
    struct http_outgoing answer;
    struct http_stream *stream;
};

enum MHD_Result http_request_take(void *http, struct MHD_Connection *, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_bytes, void **request);
void http_request_completed(void *http, struct MHD_Connection *, void **request, enum MHD_RequestTerminationCode);
void http_request_release(struct http_request *);
/* Take it off http->waiting for its one answer. false: the server has stopped, nobody will read one. */
bool http_request_claim(struct http_request *);

/* Answers (answer.c) and streams (stream.c). */

enum MHD_Result http_answer_send(struct http_request *); /* HTTP thread */
enum MHD_Result http_refuse(struct http *, struct MHD_Connection *, int status, const char *code, const char *reason);
int http_answer_headers(struct MHD_Response *, const char *const *headers);
void http_outgoing_free(struct http_outgoing *);
char **http_headers_copy(const char *const *headers);
void http_headers_free(char **headers);

struct MHD_Response *http_stream_response(struct http_stream *, struct MHD_Connection *); /* HTTP thread */
/* HTTP thread: there will be no response. */
void http_stream_unsent(struct http_stream *);
void http_streams_sweep(struct http *);
void http_streams_stop(struct http *);

#endif
