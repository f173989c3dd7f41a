/*
 * The index of one class of the log: a file of blocks, one a full bundle, and the block of the newest partial bundle in
 * memory. It is made from the log's directory alone, and can be deleted at any time: what is missing, damaged, of
 * another version or of another log is made anew.
 *
 * It never says what stands in the log, only where to look. One thread; nothing is synced.
 */
#ifndef VEDETTE_AUDIT_INDEX_H
#define VEDETTE_AUDIT_INDEX_H

#include "contract.h"
#include "services/audit/search/block.h"

struct index;
struct problem;
struct seal_keys;

struct index_options {
    const char *log; /* directory with checkpoint, vkey, tile; need not be there yet */
    const char *file;
    uint64_t keep_free_bytes; /* of the disk, which the log needs more */
    struct seal_keys *keys;   /* by which entries are opened; NULL: sealed fields count as erased */
    enum class class;
};

/* NULL: no memory. The strings must stay valid. All else that can fail does so in a step, and is tried again by the
 * next. */
struct index *index_new(const struct index_options *);
void index_free(struct index *);

/* A small piece of work, some milliseconds: check a block of the file, add one, read the checkpoint. */
enum index_step { INDEX_WORKED, INDEX_IDLE, INDEX_FAILED };
enum index_step index_step(struct index *, struct problem *);

/* Entries before this one are deleted: the steps that follow forget what is known of them. */
void index_forget(struct index *, uint64_t kept_from);

/* Entries of the log, and how many of them from the first on are in the index. */
uint64_t index_size(const struct index *);
uint64_t index_indexed(const struct index *);

/* Reading (lookup.c). Blocks have the numbers of their bundles. */

uint64_t index_blocks(const struct index *);
/* When a block's newest entry was; INT64_MIN: it has none. */
int64_t index_newest(const struct index *, uint64_t number);
int64_t index_oldest(const struct index *, uint64_t number); /* INT64_MAX: none */
/* How many entries of each severity a block has, from memory. */
const uint16_t *index_sevs(const struct index *, uint64_t number);
/* Of all that is indexed; false: nothing is. */
bool index_times(const struct index *, int64_t *ret_oldest_ms, int64_t *ret_newest_ms);

/* Which entries of a block match: 1 in mask. Whether they hold the phrase, only their text tells. Returns how many, -1
 * + problem; *ret is the block then, until the next call. */
int index_match(struct index *, uint64_t number, const struct wanted *, const struct block_head **ret,
    uint8_t mask[BLOCK_ENTRIES], struct problem *);

/* The entries themselves, from the log. *ret_count is 0 if retention took them. Valid until the next step or bundle. */
int index_bundle(
    struct index *, uint64_t number, struct tlog_entry ret[BLOCK_ENTRIES], unsigned *ret_count, struct problem *);

/* An entry of the bundle read last as it is stored; the same text as the one given before if nothing in it was
 * sealed. */
const struct tlog_entry *index_stored(const struct index *, unsigned i);

#endif
