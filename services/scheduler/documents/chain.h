/* The chain of trust files in scheduler.db, and the newest revocation. Texts are the caller's to free. */
#ifndef SCHEDULER_CHAIN_H
#define SCHEDULER_CHAIN_H

#include <stdint.h>
#include <stdlib.h>

#include "lib/signed/verify.h"
#include "lib/records.h"

void chain_add(struct records *, const struct trust *, const char *dsse);
/* NULL: none. */
char *chain_newest(struct records *);
char *chain_get(struct records *, uint32_t version);
char *chain_revocation(struct records *);
/* The lowest version that is here; 0: none. */
uint32_t chain_first(struct records *);

typedef void chain_each(
    void *arg, uint32_t version, const char *sha256, const char *signers, int64_t made_ms, const char *dsse);
/* From a version on, at most `limit`. */
void chain_from(struct records *, uint32_t version, uint32_t limit, chain_each *, void *arg);

#endif
