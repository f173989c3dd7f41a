/* Outputs in alert.db, in the transactions of records.h: durable with its next commit. A failed write ends the
 * process. */
#ifndef ALERT_OUTPUT_ROWS_H
#define ALERT_OUTPUT_ROWS_H

#include "services/alert/output/output.h"

struct problem;
struct records;

/* Up to OUTPUTS_MAX, by name. Secrets are opened with `key`; one that does not open disables its output.
 * Returns how many; -1 + problem: no memory. */
int rows_load(struct records *, const uint8_t key[SECRET_BYTES], struct output ret[OUTPUTS_MAX], struct problem *);
/* A new one, and its id. */
void rows_add(struct records *, const uint8_t key[SECRET_BYTES], struct output *);
void rows_remove(struct records *, int64_t id);
void rows_enable(struct records *, int64_t id, bool enabled);
void rows_told_failing(struct records *, int64_t id, bool told);
void rows_set_cursor(struct records *, int64_t id, enum class, uint64_t next);

#endif
