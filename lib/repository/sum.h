/*
 * The sum of a piece: the first four bytes of its GMAC under a key of zeros. Made where the piece is read from the machine's
 * disk, and again from what a restore is about to write: what was stored wrong is told and not written. It is for faults;
 * against people there are the commit's signature and AES-GCM.
 */
#ifndef VEDETTE_REPOSITORY_SUM_H
#define VEDETTE_REPOSITORY_SUM_H

#include "lib/gmac.h"

struct gmac *summing_new(void); /* gmac_free's; NULL: no memory */
/* -1: no memory. */
int sum_of(struct gmac *summing, const void *data, size_t bytes, uint32_t *ret);

#endif
