/*
 * With which version of a document keys were asked for last, so that one that it replaced opens nothing any more. Written
 * down before keys leave, and kept until none of the versions that were seen is good. Only what people signed and the log
 * has comes this far, so nobody else fills it.
 */
#ifndef VEDETTE_CLI_KEYSERVER_NEWEST_H
#define VEDETTE_CLI_KEYSERVER_NEWEST_H

#include <limits.h>

#include "lib/crypto.h"
#include "lib/signed/document.h"

#define NEWEST_MAX 1024 /* restores that are good at a time: more than people sign in their weeks */

struct newest_seen {
    char document[33];
    uint32_t version;
    uint8_t sha256[SHA256_BYTES];
    int64_t keep_until_ms; /* latest expiry of any version */
};

struct newest {
    char path[PATH_MAX];
    size_t n;
    struct newest_seen seen[NEWEST_MAX];
};

/* No file: none was seen. What cannot be read is a problem: what was replaced would be good again. */
int newest_load(struct newest *, const char *path, struct problem *);
/* NULL: none of this document was seen. */
const struct newest_seen *newest_find(const struct newest *, const char *document);
/* A version that was judged, and so is the newest; durable. -1 + "too-many": there is no room; else the disk. */
int newest_note(struct newest *, const struct document_head *, const uint8_t sha256[SHA256_BYTES], int64_t now_ms,
    struct problem *);

#endif
