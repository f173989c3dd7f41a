/*
 * Whose cosignatures count: a file with a public key a line, as `vedette witness init` prints it. A change is durable
 * before it is answered, and nothing is changed if it cannot be.
 */
#ifndef VEDETTE_AUDIT_WITNESSES_H
#define VEDETTE_AUDIT_WITNESSES_H

#include "lib/tlog/cosign.h"

#define WITNESSES_BYTES (TLOG_WITNESSES * (TLOG_VKEY_BYTES + 1))

/* The lines of such a file into the policy's witnesses; its log's key and quorum stay. */
int witnesses_parse(const char *text, size_t bytes, struct tlog_policy *, struct problem *);

/* No file: nobody. */
int witnesses_load(const char *path, struct tlog_policy *, struct problem *);
/* Problems: "bad-key", "exists", "too-many", "unknown-witness", or the disk's. */
int witnesses_add(const char *path, struct tlog_policy *, const char *vkey, struct problem *);
int witnesses_remove(const char *path, struct tlog_policy *, const char *name, struct problem *);

#endif
