/* Backups as people see them: orders and the catalogue, together, newest first. */
#ifndef BACKUP_LISTING_H
#define BACKUP_LISTING_H

#include "services/backup/catalogue/snapshots.h"
#include "services/backup/orders/orders.h"

struct listed {
    bool is_ordered, is_done; /* which of these two there is */
    struct order order;
    struct snapshot snapshot;
};

struct listing_wants {
    uint32_t agent;                         /* 0: any */
    const char *tenant, *document, *backup; /* NULL: any */
    int state;                              /* enum backup_state; -1: any */
    bool open;                              /* under way: taken, waiting or running */
    size_t limit;
};
typedef void listing_each(void *arg, const struct listed *);
void listing_read(struct records *, const struct listing_wants *, listing_each *, void *arg);

#endif
