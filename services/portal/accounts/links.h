/* One-time links: made on the host, good for 24 hours and one use, stored only as a hash. */
#ifndef VEDETTE_PORTAL_LINKS_H
#define VEDETTE_PORTAL_LINKS_H

#include <stdint.h>

struct db;

/* Delete those that have expired: now and then. */
void links_forget(struct db *, int64_t now_ms);

#endif
