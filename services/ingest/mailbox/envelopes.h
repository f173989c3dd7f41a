/* Envelopes over HTTPS: an agent fetches what waits for it, and hands over its own. */
#ifndef INGEST_MAILBOX_ENVELOPES_H
#define INGEST_MAILBOX_ENVELOPES_H

#include <stdint.h>

#include "contract.h"

struct http_request;
struct ingest;
struct problem;

/* POST /v1/fetch and /v1/put, GET /v1/trust. */
void take_fetch(struct ingest *, struct http_request *);
void take_put(struct ingest *, struct http_request *);
void take_trust(struct ingest *, struct http_request *);

/* One envelope of an agent in base64, on its way to its addressee. */
int envelope_take(struct ingest *, uint32_t agent, enum addressee, const char *text, struct problem *);

#endif
