/* Logs that people signed to follow another one: agents take receipts by these, too. */
#ifndef SCHEDULER_SUCCESSORS_H
#define SCHEDULER_SUCCESSORS_H

#include <stddef.h>

#include "lib/tlog_key.h"

#define SUCCESSORS_MAX 16 /* as many as an agent looks at */

struct records;

/* Keys of logs of class ops, by documents that are in force here. How many. */
size_t successors_find(struct records *, struct tlog_vkey ret[SUCCESSORS_MAX]);

#endif
