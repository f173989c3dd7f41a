/*
 * The sum of a piece: the low four bytes of its XXH3. Made where the piece is read from the machine's disk, and again from
 * what a restore is about to write: what was stored wrong is told and not written. It is for faults; against people there
 * are the commit's signature and AES-GCM.
 */
#ifndef VEDETTE_REPOSITORY_SUM_H
#define VEDETTE_REPOSITORY_SUM_H

#include <stddef.h>
#include <stdint.h>

uint32_t sum_of(const void *data, size_t bytes);

#endif
