/*
 * HTTPS to one server. The only user of libcurl. A session trusts one CA and no other, speaks TLS 1.2 or later, follows
 * no redirect and uses no proxy; an answer has at most HTTP_ANSWER_LIMIT_BYTES.
 */
#ifndef VEDETTE_AGENT_CARRY_HTTP_H
#define VEDETTE_AGENT_CARRY_HTTP_H

#include "lib/buf.h"

struct problem;
struct session;

#define HTTP_ANSWER_LIMIT_BYTES (2u << 20) /* an answer to a fetch has 700 kB, or one envelope of the largest */
#define HTTP_CONNECT_LIMIT_MS 10000
#define HTTP_LIMIT_MS 30000

struct answer {
    long status;
    struct buf body;
    char address[64]; /* numeric address that answered */
};
void answer_free(struct answer *);

/* server: "https://host:port", must live as long as the session. ca: PEM; NULL verifies nobody, which is for fetching
 * the CA whose hash is known. NULL + problem. */
struct session *session_open(const char *server, const char *ca, struct problem *);
void session_close(struct session *);

/* body NULL: GET, else POST of JSON. header: one more "Name: value", or NULL. Any status is an answer; -1 + problem
 * ("unreached", "untrusted", "bad-answer") if there was none. */
int session_ask(struct session *, const char *path, const struct buf *body, const char *header, struct answer *ret,
    struct problem *);

#endif
