/*
 * Chunks by their content: a hash under the machine's own key (lib/ghash.h, decision 55). It stands nowhere but here
 * and in the cache: a repository says nothing about equal contents.
 *
 * Several threads may look; one adds, and the index locks for both.
 */
#ifndef VEDETTE_AGENT_BACKUP_INDEX_H
#define VEDETTE_AGENT_BACKUP_INDEX_H

#include <stdbool.h>

#include "agent/backup/stores.h"
#include "lib/ghash.h"

#define CHUNK_ID_BYTES GHASH_BYTES
#define INDEX_CHUNKS_MAX 524288 /* 24 MiB; what does not fit is known by its file alone, and stored anew elsewhere */

struct index;

struct index *index_make(void);
void index_free(struct index *);

bool index_find(struct index *, const uint8_t id[CHUNK_ID_BYTES], struct place *ret);
/* If it is there already, its place stays as it is. */
void index_add(struct index *, const uint8_t id[CHUNK_ID_BYTES], const struct place *);
/* Whether this backup refers to the chunk for the first time; only then its share of a segment counts as needed. True
 * if it is not in the index. */
bool index_first(struct index *, const uint8_t id[CHUNK_ID_BYTES]);

#endif
