/* The service as one value: what its front doors (HTTPS, calls) work on. Everything runs in the loop's thread. */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "lib/fold.h"
#include "lib/program.h"
#include "services/ingest/beats/intake.h"
#include "services/ingest/beats/wakes.h"
#include "services/ingest/enrolment/guesses.h"
#include "services/ingest/live/live.h"
#include "services/ingest/mail/instances.h"
#include "services/ingest/mail/nonces.h"
#include "services/ingest/mailbox/mailboxes.h"
#include "services/ingest/memory/flush.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/presence/announce.h"
#include "services/ingest/presence/clock.h"
#include "services/ingest/presence/presence.h"
#include "services/ingest/presence/sites.h"
#include "services/ingest/registry/registry.h"

struct beats;
struct drop;
struct http;
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

/* registry/calls.c: what handlers of calls begin with. */
struct ingest *ingest_of(struct bus_request *);
/* Whether there is such an agent, not retired; refused otherwise. */
bool agent_is_there(struct ingest *, struct bus_request *, uint32_t agent);

#endif
