/* Who sends a request or a parcel: proved by a MAC under the agent's carry key, over the whole of it. */
#ifndef INGEST_SENDER_H
#define INGEST_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"

struct ingest;
struct problem;

/* Whether a request is the agent's own. mac: hexadecimal, NULL if there is none. "retired", "unknown-agent", "bad-mac". */
int sender_check(struct ingest *, uint32_t agent, const char *body, size_t bytes, const char *mac, struct problem *);
/* The key of the agent's MACs. "retired", "unknown-agent". */
int sender_key(struct ingest *, uint32_t agent, uint8_t ret[SECRET_BYTES], struct problem *);

#endif
