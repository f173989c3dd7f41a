/* What the portal's modules share: one of each, made at start, all in the loop's thread. */
#ifndef VEDETTE_PORTAL_PORTAL_H
#define VEDETTE_PORTAL_PORTAL_H

#include "lib/crypto.h"
#include "lib/program.h"

struct bus_subscription;
struct db;
struct feed;
struct fleet;
struct hasher;
struct history;
struct http;
struct progress;
struct refresh;
struct refusals;
struct store;
struct throttle;

struct portal {
    struct program program; /* first: it is the bus's context */
    struct http *http;
    struct db *db;
    struct store *store;
    struct hasher *hasher;
    struct throttle *throttle;
    struct refusals *refusals;
    struct fleet *fleet;
    struct refresh *refresh;
    struct history *history;
    struct feed *feed;
    struct progress *progress;
    struct bus_subscription *subscription;
    int64_t streams;               /* open, for the metric */
    uint64_t unannounced;          /* agents, a second ago … */
    uint64_t unannounced_told;     /* … and when browsers were last told to load anew */
    uint64_t tagged, tagged_told;  /* changes of tags, and up to which browsers were told … */
    int64_t tagged_told_ms;        /* … when */
    uint8_t otp_key[SECRET_BYTES]; /* wraps one-time password secrets: HKDF of master.key */
    char dummy_hash[128];          /* verified for unknown users, so that they take as long */
    char ca_fingerprint[72];
};

/* The portal that a bus request came to. */
struct bus_request;
struct portal *portal_of(const struct bus_request *);

/* portal.db with the portal's schema. NULL + problem. */
struct db *portal_database(const char *path, struct problem *);

/* "https://name:port" as browsers reach it. */
#define PORTAL_URL_BYTES 288
void portal_url(const struct portal *, char ret[PORTAL_URL_BYTES]);

#endif
