/*
 * What a service was last known to be: its settings, and the keys it proves itself with. At each start, and when keys are
 * read again, what differs from that goes into the log; then it is what is known. Kept in `<service>/standing.json`, and
 * written once the log has it, so that a crash tells it again rather than never.
 */
#ifndef VEDETTE_STANDING_H
#define VEDETTE_STANDING_H

#include <jansson.h>

#include "contract.h"

struct bus;
struct problem;

struct standing {
    const char *service;
    json_t *settings, *keys;    /* name → value as text; of a key SHA-256, hexadecimal */
    json_t *told;               /* what the log was told of last, at first what the file has: { settings, keys } */
    unsigned untold;            /* events that the log does not have yet */
};

/* -1 + problem: no memory. */
int standing_open(struct standing *, const char *service, const struct settings *, struct problem *);
void standing_close(struct standing *);

/* A public key in use, or a certificate, by its SHA-256. */
void standing_key(struct standing *, const char *name, const uint8_t sha256[32]);
/* A table of keys in a file. Without one nothing is noted. */
void standing_file(struct standing *, const char *name, const char *path);
/* The certificate in a file of PEM. Without one nothing is noted. */
void standing_certificate(struct standing *, const char *name, const char *path);

/* Put into the log what is not as it was. The service's bus must be open. */
void standing_tell(struct standing *, struct bus *);

/* The settings of a section, and those that all services share for audit, which tells of them. NULL: no memory. Pure. */
json_t *standing_settings(const struct settings *, const char *service);
json_t *standing_defaults(const char *service);
/* The members of both that are not the same. -1: no memory. Pure. */
int standing_changes(const json_t *was, const json_t *is, json_t **ret_old, json_t **ret_new);

#endif
