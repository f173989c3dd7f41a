/* A browser's place in the log, as it stands in the id of each event: "ops-5,access-9,fleet-12,alert-3". Pure. */
#ifndef VEDETTE_PORTAL_FEED_POSITION_H
#define VEDETTE_PORTAL_FEED_POSITION_H

#include <stdint.h>

#include "contract.h"

struct buf;

/* Of a class that the position does not name. */
#define FEED_NOW UINT64_MAX

/* The next sequence of each class. 0 or -1. */
int feed_position_parse(const char *text, uint64_t ret[CLASS_COUNT]);
/* The line of the event stream that gives it, without its end; of permitted classes (1 << enum class) alone. */
void feed_position_write(struct buf *out, const uint64_t next[CLASS_COUNT], unsigned classes);

#endif
