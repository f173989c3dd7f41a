/*
 * The fleet as the portal knows it, in memory: records and live pages from Redis, transitions from the log. What Redis
 * or ingest cannot tell just now stays as it was known.
 */
#ifndef VEDETTE_PORTAL_FLEET_H
#define VEDETTE_PORTAL_FLEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_MAX 16777216 /* agent ids; ingest's own limit */
#define FLEET_PAGE 8192    /* agents of a live page (keys.def) */
#define FLEET_BUCKET 128   /* agents of a bucket of records */
#define FLEET_TICK_MS 125

struct bus_event;
struct fleet;

struct fleet_agent {
    bool known; /* there is a record of it */
    bool has_seen;
    bool unheard;                         /* no beats are awaited, whatever `seen` says; of maintenance, which covers it */
    uint8_t state;                        /* enum state */
    uint16_t seen;                        /* low bits of the tick of the last heartbeat */
    char *name, *hostname, *os, *address; /* NULL: not known */
    char *tags;                           /* as fields.def has them; NULL: none */
    const char *tenant, *site;            /* interned */
    int64_t since_ms;                     /* of the state; 0: not known */
    int64_t last_seen_ms;                 /* as told when it went away; 0: not told */
    int64_t event_ms;                     /* of the last transition that the log told */
    int64_t named_ms;                     /* of the last renaming that the log told */
};

struct fleet *fleet_new(void); /* NULL: no memory */
void fleet_free(struct fleet *);

/* The highest known id. Every change of what a list shows changes the version. */
uint32_t fleet_highest(const struct fleet *);
uint64_t fleet_version(const struct fleet *);
/* How many agents Redis told of that no event had announced: a fleet registered in bulk, or one known before the log
 * was. */
uint64_t fleet_unannounced(const struct fleet *);
/* NULL for an id that is not known. */
const struct fleet_agent *fleet_find(const struct fleet *, uint32_t agent);
const char *fleet_tenant(const struct fleet *, uint32_t agent);
/* It, or NULL: it has no such tag. */
const char *fleet_tagged(const struct fleet_agent *, const char *tag);

/* What the log says. */
void fleet_take_event(struct fleet *, const struct bus_event *);

/* What portal.db says. */
/* Of any agent, known or not yet; NULL: none. */
void fleet_take_tags(struct fleet *, uint32_t agent, const char *tags);

/* What Redis says. Parsers of foreign bytes: wrong ones change nothing. */
void fleet_take_record(struct fleet *, uint32_t agent, const json_t *record);
struct fleet_clock {
    uint64_t tick;   /* presence clock … */
    int64_t wall_ms; /* … at this time */
    uint32_t agents;
    size_t n_pauses;
    struct {
        uint64_t tick;
        int64_t length_ms;
    } pauses[64]; /* oldest first */
};
void fleet_take_clock(struct fleet *, const struct fleet_clock *);
/* "tick:ms tick:ms …"; ones too many are the oldest. */
void fleet_parse_pauses(const char *text, struct fleet_clock *ret);
void fleet_take_seen(struct fleet *, uint32_t page, const uint8_t *bytes, size_t count);
/* State and since belong together: bytes of one page of each. */
void fleet_take_state(
    struct fleet *, uint32_t page, const uint8_t *states, size_t n_states, const uint8_t *since, size_t since_bytes);
void fleet_take_away(struct fleet *, uint32_t agent, int64_t since_ms, int64_t last_seen_ms);

/* When the last heartbeat of an agent came, wall time; 0: not known. */
int64_t fleet_last_seen(const struct fleet *, const struct fleet_agent *, int64_t now_ms);

#endif
