/*
 * Slowing an address down that fails to log in: 20 failures at once, then one every 3 s. Pure but for its own memory:
 * 4,096 addresses, the longest untouched of a bucket gives way.
 */
#ifndef VEDETTE_PORTAL_THROTTLE_H
#define VEDETTE_PORTAL_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

struct throttle;
struct throttle *throttle_new(void); /* NULL: no memory */
void throttle_free(struct throttle *);

/* May this address try now? */
bool throttle_allows(struct throttle *, const char *address, int64_t now_ms);
void throttle_failed(struct throttle *, const char *address, int64_t now_ms);

#endif
