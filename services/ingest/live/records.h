/* Static records in Redis: what people read beside an agent's state, in buckets of 128 so that each is a compact list. */
#ifndef INGEST_RECORDS_H
#define INGEST_RECORDS_H

#include <stdint.h>

#include "lib/store.h"

struct buf;
struct presence;
struct registry;

/* Write one bucket in one command. -1: too much waits, or the registry cannot be read; later, then. */
int records_write(struct store *, struct registry *, const struct presence *, uint32_t bucket, struct buf *scratch,
                  store_replied *, void *arg);

#define ADDRESS_TEXT_BYTES 46
/* The address as people write it, IPv4 without its prefix; "" if unknown. */
void address_text(const uint8_t address[16], char ret[ADDRESS_TEXT_BYTES]);

#endif
