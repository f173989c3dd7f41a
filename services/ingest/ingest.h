/* The service as one value: what its front doors (HTTPS, calls) work on. Everything runs in the loop's thread. */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "lib/fold.h"
#include "lib/program.h"
#include "services/ingest/announce.h"
#include "services/ingest/flush.h"
#include "services/ingest/guesses.h"
#include "services/ingest/hot.h"
#include "services/ingest/instances.h"
#include "services/ingest/intake.h"
#include "services/ingest/live.h"
#include "services/ingest/mailbox/mailboxes.h"
#include "services/ingest/nonces.h"
#include "services/ingest/presence.h"
#include "services/ingest/presence_clock.h"
#include "services/ingest/registry.h"
#include "services/ingest/sites.h"
#include "services/ingest/wakes.h"

struct beats;
struct drop;
struct http;
struct http_request;
struct loop_timer;

/* A file that is served as it was at start. */
struct served {
    char *data;                 /* NULL: there is none */
    size_t bytes;
};

struct ingest {
    struct program program;     /* first: the bus hands it to calls */
    struct hot hot;
    struct presence_clock clock;
    struct sites sites;
    struct presence presence;
    struct intake intake;
    struct beats *beats;
    struct registry registry;
    struct live live;
    struct announcer announcer;
    struct loop_timer *tick;
    struct wakes wakes;
    struct mailboxes mailboxes;
    struct flush flush;
    struct drop *drop;          /* NULL: none */
    struct http *http;
    struct served ca, package;
    struct guesses guesses;
    struct nonces nonces;
    struct instances instances;
    struct fold refused;        /* enrolments */
    struct { uint64_t enrolled, refused, mails, mails_refused, cloned; } counts;
};

/* enrol.c: POST /v1/enrol. ret is filled in with texts that live as long as sites do. */
int enrol(struct ingest *, const struct call_agent_enrol *, const char *address, struct call_agent_enrol_reply *ret,
          struct problem *);
/* Each FOLD_PERIOD_MS, and before the end: tell of the refused ones that were counted. */
void enrol_tell_refused(void *ingest);
/* Put a registered agent into memory; within no transaction any more. */
void ingest_admit(struct ingest *, uint32_t agent, uint32_t site, const uint8_t secret[SECRET_BYTES]);

/* mail.c: POST /v1/mail. mac is the header's text, NULL if there was none. ret_nonce: the reply's text. */
int mail_take(struct ingest *, const char *body, size_t bytes, const char *mac, const char *address,
              struct call_agent_mail_reply *ret, char ret_nonce[HEX_BYTES(NONCE_BYTES)], struct problem *);

/* sender.c: whether a request is the agent's own. -1 + problem: "retired", "unknown-agent", "bad-mac". */
int sender_check(struct ingest *, uint32_t agent, const char *body, size_t bytes, const char *mac, struct problem *);

/* The key of its MACs; "retired", "unknown-agent". */
int sender_key(struct ingest *, uint32_t agent, uint8_t ret[SECRET_BYTES], struct problem *);

/* drop.c: parcels in and out of the directory of ingest.drop, where one is set. */
int drop_start(struct ingest *, struct problem *);
/* Something waits for this agent: if it uses parcels, it gets one. */
void drop_news(struct ingest *, uint32_t agent);

/* envelopes.c: one envelope of an agent in base64, into its mailbox. */
int envelope_take(struct ingest *, uint32_t agent, enum addressee, const char *text, struct problem *);
/* POST /v1/fetch and /v1/put, GET /v1/trust. */
void take_fetch(struct ingest *, struct http_request *);
void take_piece(struct ingest *, struct http_request *); /* files.c */
void take_put(struct ingest *, struct http_request *);
void take_trust(struct ingest *, struct http_request *);

/* envelope_calls.c: one for an agent, in base64, into its mailbox; answered when it is on the disk, or refused. */
typedef void delivery_answer(struct bus_request *, uint64_t number);
void envelope_deliver(struct bus_request *, uint32_t agent, const char *envelope, delivery_answer *);

/* https.c: every request, and how it is answered. */
void https_take(void *ingest, struct http_request *);
/* The request as a struct whose first field is its agent, and proved to be that agent's; *ret_json holds its texts. */
int https_read(struct ingest *, struct http_request *, const struct shape *, void *ret, json_t **ret_json, struct problem *);
void https_answer(struct http_request *, const struct shape *, const void *reply);
void https_refuse(struct http_request *, const struct problem *);

/* calls.c */
struct ingest *ingest_of(struct bus_request *);
/* Whether there is such an agent, not retired; refused otherwise. */
bool agent_is_there(struct ingest *, struct bus_request *, uint32_t agent);

#endif
