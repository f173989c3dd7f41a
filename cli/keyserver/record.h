/*
 * What the service has done, in a file that only grows: a line of JSON for each request that was granted or refused, on the
 * disk before anything leaves. Each has the SHA-256 of the line before, so that nothing can be taken out of the middle
 * unseen; `vedette keyserver` itself never reads more of it than its end.
 */
#ifndef VEDETTE_CLI_KEYSERVER_RECORD_H
#define VEDETTE_CLI_KEYSERVER_RECORD_H

#include <jansson.h>
#include <stdint.h>

#include "lib/crypto.h"

struct problem;

#define RECORD_LINE_BYTES 16384

struct record {
    int fd;
    char before[HEX_BYTES(SHA256_BYTES)]; /* hash of the last line without its end; of nothing, where there is none */
};

/* Goes on with a file that is there; a line that a crash cut off is ended. */
int record_open(struct record *, const char *path, struct problem *);
void record_close(struct record *);
/* The fields (taken over), with time and the hash of the line before. */
int record_add(struct record *, json_t *fields, int64_t now_ms, struct problem *);

#endif
