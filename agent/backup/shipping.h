/*
 * Shipping: segments are filled by the main thread, and sealed and put by the crew. There are few, so that whoever
 * fills them waits for the target when it is slow: two for contents, of which one is on its way, and a smaller one for
 * the tree, which grows beside them to the end and fills seldom.
 */
#ifndef VEDETTE_AGENT_BACKUP_SHIPPING_H
#define VEDETTE_AGENT_BACKUP_SHIPPING_H

#include "agent/backup/crew.h"
#include "agent/backup/stores.h"
#include "lib/repository/segment.h"

#define SHIPMENTS 3
#define SHIPMENT_TREE 0 /* which is the tree's */
#define SHIPMENT_TREE_BYTES (4u << 20)

struct shipment {
    struct job job;
    struct segment segment;
    const struct shipping *shipping;
    uint32_t store;
    bool filling;
    uint32_t bytes; /* of the object, as are these */
    uint8_t sha256[SHA256_BYTES], mark[BULK_MARK_BYTES];
};

struct shipping {
    uint32_t agent;
    char backup[BACKUP_BYTES];
    struct sealing sealing;
    struct crew *crew;
    struct stores *stores;
    struct shipment shipments[SHIPMENTS];
};

/* The rest of the struct is set by the caller. -1: no memory. */
int shipping_make(struct shipping *);
void shipping_free(struct shipping *);

/* A segment to fill, a store of that kind; waits until one is free. NULL + problem: one that was sent before failed. */
struct shipment *shipping_begin(struct shipping *, enum segment_kind, struct problem *);
void shipping_send(struct shipping *, struct shipment *);
/* All that were sent are in the target. */
int shipping_wait(struct shipping *, struct problem *);

#endif
