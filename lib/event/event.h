/*
 * An event as text, both ways of both forms.
 *
 * What a producer hands to audit: {"type":"agent.online","time":…,"tenant":…,"subject":…,"actor":…,"sev":…,"data":{…}}.
 * What audit stores and every subscriber sees: CloudEvents 1.0 in JSON, data in OCSF 1.1 (lib/event/data.h). It is
 * composed once; these bytes are the log's entry.
 */
#ifndef VEDETTE_EVENT_H
#define VEDETTE_EVENT_H

#include "lib/bus/bus.h"

struct buf;

#define EVENT_SALT_BYTES 16             /* random, so that nobody guesses an erased entry from its hash */
#define EVENT_BYTES_MAX 65535           /* an entry of the log (C2SP tlog-tiles) */
#define EVENT_PRODUCED_BYTES_MAX 49152  /* leaves room for what audit adds */

/* An event that was read: fields are borrowed from it until event_free. */
struct event_read {
    struct bus_event event;             /* class and sequence are 0 in a produced one; json is what was read */
    json_t *json;               /* NULL: it was not needed */
    void *data;
    char *actor, *texts;
};
void event_free(struct event_read *);

/* "vedette.agent.online.v1" → EVENT_AGENT_ONLINE; -1: unknown. */
int event_by_type(const char *type);
/* "agent.online", as in events.def; -1: unknown. */
int event_by_short_type(const char *type);

/* As produced. -1: longer than EVENT_PRODUCED_BYTES_MAX. */
int event_produce(struct buf *, enum event, const struct event_about *, const void *data);
/* Read what a producer sent: type known, every field and limit kept. Codes: those of lib/message/message.h, "unknown-event". */
int event_read_produced(const char *text, size_t bytes, struct event_read *ret, struct problem *);

/* As stored, under its class's sequence. producer: name of the role that sent it. -1: longer than EVENT_BYTES_MAX. */
int event_compose(struct buf *, const struct bus_event *, const char *producer,
                  const uint8_t salt[EVENT_SALT_BYTES]);
/* Read what audit stored, or what lib/seal/seal.h opened of it. An unknown type gives event -1 and no data. */
int event_read_stored(const char *text, size_t bytes, struct event_read *ret, struct problem *);

#endif
