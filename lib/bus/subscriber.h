/*
 * What a subscriber from outside holds: its key, where the server is and how to know it, and what it was granted. It is
 * one file, JSON, made by `vedette subscriber add`; docs/soc.md shows one. Whoever has it reads what it grants.
 */
#ifndef VEDETTE_BUS_SUBSCRIBER_H
#define VEDETTE_BUS_SUBSCRIBER_H

#include "lib/bus/bus.h"

struct buf;

#define SUBSCRIBER_FILE_BYTES_MAX 16384 /* every type of event named, and room */

struct bus_subscriber {
    char name[65];
    char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES], server_key[BUS_KEY_BYTES];
    char live[301], replay[301]; /* endpoints */
    unsigned classes;            /* granted: bits 1 << enum class */
    char tenant[33];             /* "": all */
    int least_sev;               /* 1-4 */
    char types[4097];            /* separated by blanks; "": all */
};

/* Parse the whole text; *ret is untouched on failure. Codes "bad-json", "bad-file". */
int bus_subscriber_parse(const char *text, size_t bytes, struct bus_subscriber *ret, struct problem *);
int bus_subscriber_compose(const struct bus_subscriber *, struct buf *);

#endif
