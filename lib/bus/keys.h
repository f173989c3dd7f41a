/* Who is who on the bus: bus.keys, lines of `role public-key` (Z85). A role may have several keys while one is replaced. */
#ifndef VEDETTE_BUS_KEYS_H
#define VEDETTE_BUS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bus/bus.h"
#include "lib/problem.h"

#define BUS_KEYS_MAX 64         /* seven roles, and room to replace keys */

struct bus_keys {
    size_t n;
    struct {
        unsigned peer;          /* enum peer */
        char key[BUS_KEY_BYTES];
    } row[BUS_KEYS_MAX];
};

/* Parse the whole text; *ret is untouched on failure. */
int bus_keys_parse(const char *text, size_t bytes, struct bus_keys *ret, struct problem *);

/* Who is at the other end of a connection, proved by its key. */
struct bus_who {
    unsigned peer;              /* enum peer; 0: nobody */
    uint32_t subscriber;        /* which one; 0: none, a role of bus.keys */
};
/* The same as ZeroMQ carries it, in the property User-Id: "ingest", "subscriber/17". */
#define BUS_WHO_BYTES 24
void bus_who_text(const struct bus_who *, char ret[BUS_WHO_BYTES]);
struct bus_who bus_who_read(const char *text);

/* Is it a key: 40 characters of Z85? */
bool bus_key_is(const char *text);

/* The peer of a key, 0 if unknown; the first key of a peer, NULL if it has none. */
unsigned bus_keys_peer(const struct bus_keys *, const char *key);
const char *bus_keys_key(const struct bus_keys *, unsigned peer);

/* Names of peers are the role words of contract/: "ingest" … "cli". bus_peer: 0 if there is no such role. */
const char *bus_peer_name(unsigned peer);
unsigned bus_peer(const char *name, size_t length);

#endif
