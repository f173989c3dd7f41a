/* Whether the key must be proven again for a request: by its route's row in routes.def, pure. */
#ifndef VEDETTE_PORTAL_KEYRULE_H
#define VEDETTE_PORTAL_KEYRULE_H

#include <stdint.h>

#include "contract.h"

struct identity;
struct problem;

/* 0: it may go on. -1 + "key-wanted", or of an API token, which has no key, "no-permission". */
int keyrule_check(enum key_rule, const struct identity *, int64_t now_ms, int64_t fresh_s, struct problem *);

#endif
