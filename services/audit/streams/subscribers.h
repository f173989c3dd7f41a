/*
 * Who outside may read the streams, and how far each has come. Kept in audit.db, and whole in memory, where every
 * handshake and request looks. What they are granted is durable before it is answered; where they are, and when they
 * were last heard of, is written every few seconds: who loses that names a place itself.
 */
#ifndef VEDETTE_AUDIT_SUBSCRIBERS_H
#define VEDETTE_AUDIT_SUBSCRIBERS_H

#include "lib/bus/keys.h"
#include "services/audit/streams/grant.h"

#define SUBSCRIBERS_MAX 256 /* with the revoked ones, of which the oldest gives way: each handshake looks at all */
#define SUBSCRIBER_NAME_BYTES 65

struct subscriber {
    uint32_t number;
    char name[SUBSCRIBER_NAME_BYTES], key[BUS_KEY_BYTES];
    struct grant grant;
    int64_t created_ms, revoked_ms, contact_ms; /* 0: not yet */
    uint64_t cursor[CLASS_COUNT];               /* a place; of a class that is not granted: 0 */
    bool moved;                                 /* cursor, contact or revocation is not written yet */
};

struct subscribers;
struct problem;

/* audit.db at path, made if need be. NULL + problem. */
struct subscribers *subscribers_open(const char *path, struct problem *);
void subscribers_free(struct subscribers *); /* writes what moved; NULL is harmless */

/* heads: the next place of each class now, where its cursors begin, so that everything from now on counts as not dealt with.
 * NULL + problem: "name-taken", "key-known", "too-many" or the disk's. */
const struct subscriber *subscribers_add(struct subscribers *, const char *name, const char *key, const struct grant *,
    const uint64_t heads[CLASS_COUNT], int64_t now_ms, struct problem *);
/* -1 + problem: "no-such-subscriber", or the disk's: then it is revoked all the same, and written later. */
int subscribers_revoke(struct subscribers *, uint32_t number, int64_t now_ms, struct problem *);

/* Good ones only; NULL: none. Valid until the next subscribers_add. */
struct subscriber *subscribers_by_key(struct subscribers *, const char *key);
struct subscriber *subscribers_by_number(struct subscribers *, uint32_t number);

/* All, the revoked ones too, by number. */
const struct subscriber *subscribers_all(const struct subscribers *, size_t *ret_n);

/* Write what moved. An error is the problem's, and what moved is tried again. */
int subscribers_write(struct subscribers *, struct problem *);

#endif
