/*
 * How far this machine is with an order: a small file each, written before what it says is done, and the commit beside
 * it once there is one. An order's id is remembered until it could not be begun any more, so that it is taken once.
 *
 *     orders/ID       this            orders/ID.p7s   the backup's commit, until the server has it
 */
#ifndef VEDETTE_AGENT_WORK_ORDERED_H
#define VEDETTE_AGENT_WORK_ORDERED_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/work/backups/order.h"
#include "agent/work/backups/said_line.h"
#include "lib/crypto.h"
#include "lib/repository/name.h"

#define ORDERED_MAX 512                          /* at a time: ten plans an hour, until the time is signed that ends them */
#define ORDERED_FILE_BYTES (4 * ORDER_BYTES_MAX) /* the order's text, escaped, and how far it is */

enum ordered_state {
    ORDERED_TAKEN, /* it waits for its turn, or its hours */
    ORDERED_BEGUN, /* and was cut off, where nothing of it runs: it is taken up again */
    ORDERED_ENDED, /* the server was not told all of it yet */
    ORDERED_TOLD,
};

struct ordered {
    char *text; /* the order */
    struct order order;
    enum ordered_state state;
    unsigned tries; /* how often it was begun */

    /* Of one that has ended. */
    int end; /* enum backup_state: done, failed, refused */
    char code[SAID_CODE_BYTES], reason[SAID_REASON_BYTES];
    uint64_t files, content_bytes, new_bytes;
    char commit_sha256[HEX_BYTES(SHA256_BYTES)]; /* of a commit; "": there is none */
    uint32_t commit_bytes, commit_sent;          /* sent: known to this process only */

    bool waits_told; /* to this process only: that it waits */
};

/* A new one. NULL + problem. */
struct ordered *ordered_new(const char *text, struct problem *);
void ordered_free(struct ordered *);

/* The text of a file. NULL + problem. */
struct ordered *ordered_parse(const char *text, size_t bytes, struct problem *);
/* Durable when it returns. */
int ordered_save(const struct ordered *, struct problem *);
void ordered_remove(const struct ordered *);

/* All that are here, at most ORDERED_MAX; those that cannot be read are logged and left out. How many. */
size_t ordered_load_all(struct ordered *ret[ORDERED_MAX]);

#define ORDERED_PATH_BYTES 64
void ordered_commit_path(const struct ordered *, char ret[ORDERED_PATH_BYTES]);

#endif
