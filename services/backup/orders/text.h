/* An order as agents get it, and as its hash stands in the log: a line of JSON, record `order` of backups.def. Pure. */
#ifndef BACKUP_ORDER_TEXT_H
#define BACKUP_ORDER_TEXT_H

#include "services/backup/orders/orders.h"

struct buf;

/* Append it, and fill in the order's sha256. -1: no memory. */
int order_text(struct order *, const char *deployment, const char *fingerprint, bool anchor, struct buf *ret);

#endif
