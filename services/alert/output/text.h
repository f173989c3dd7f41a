/* An event as outputs tell it: read from the text of the log's entry, so that even types which this build does not know
 * can be told. Pure. */
#ifndef ALERT_OUTPUT_TEXT_H
#define ALERT_OUTPUT_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "contract.h"

struct buf;
struct problem;

#define TEXT_TYPE_BYTES 65 /* of fields.def, and NUL */
#define TEXT_CLASS_BYTES 16
#define TEXT_ACTOR_BYTES 194 /* two attributes' worth, as lib/event/event.c bounds them */

/* Texts are borrowed until text_free; NULL if absent. */
struct text {
    json_t *root;
    const char *json; /* the whole entry */
    size_t bytes;
    const char *id;               /* "fleet-17" */
    char class[TEXT_CLASS_BYTES]; /* what stands in id before the sequence */
    uint64_t sequence;            /* what stands behind it */
    char type[TEXT_TYPE_BYTES];   /* "agent.offline": short, as in events.def */
    const char *time, *tenant, *subject;
    char actor[TEXT_ACTOR_BYTES]; /* "user:alice"; "": nobody */
    int64_t time_ms;
    int sev;
    json_t *fields; /* by the names of events.def */
};

/* json stays the caller's and must live as long. -1 + problem: it is no entry of the log. */
int text_read(const char *json, size_t bytes, struct text *ret, struct problem *);
void text_free(struct text *);

/* One line of what happened, for people: the meaning in events.def, or the type. */
const char *text_meaning(const struct text *);
/* Append a field's value as people read it. */
int text_value(const json_t *value, struct buf *);

/* Append the whole event in each format; version is ours. 0, or -1: no room. */
int text_cef(const struct text *, const char *version, struct buf *);
int text_leef(const struct text *, const char *version, struct buf *);
/* A syslog message (RFC 5424) of that body, framed for TLS (RFC 5425). host: whose log it is. */
int text_syslog(const struct text *, enum format, const char *host, const char *version, struct buf *);

#endif
