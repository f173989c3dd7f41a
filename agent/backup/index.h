/*
 * Chunks by their content: HMAC-SHA-256 under the machine's own key, of which the first half is kept. It stands nowhere
 * but here and in the cache: a repository says nothing about equal contents.
 *
 * Several threads may look; one adds, and the index locks for both.
 */
#ifndef VEDETTE_AGENT_BACKUP_INDEX_H
#define VEDETTE_AGENT_BACKUP_INDEX_H

#include <stdbool.h>

#include "agent/backup/stores.h"

#define CHUNK_ID_BYTES 16
#define INDEX_CHUNKS_MAX 524288 /* 22 MiB; what does not fit is known by its file alone, and stored anew elsewhere */

struct index;

struct index *index_make(void);
void index_free(struct index *);

bool index_find(struct index *, const uint8_t id[CHUNK_ID_BYTES], struct place *ret);
/* Unless it is there; then that place stays. */
void index_add(struct index *, const uint8_t id[CHUNK_ID_BYTES], const struct place *);
/* Whether this is the first reference to it in this backup: whose share counts as live. One that is not there: true. */
bool index_first(struct index *, const uint8_t id[CHUNK_ID_BYTES]);

#endif
