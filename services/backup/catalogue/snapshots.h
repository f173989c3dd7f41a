/* The catalogue: what verified commits say. Made of commits alone, so that from them it can be made again, and
 * equal. */
#ifndef BACKUP_SNAPSHOTS_H
#define BACKUP_SNAPSHOTS_H

#include "contract.h"
#include "lib/records.h"
#include "lib/repository/retention.h"
#include "lib/repository/zones.h"

struct commit;

struct snapshot {
    uint32_t agent;
    char backup[BACKUP_BYTES], base[BACKUP_BYTES]; /* base "": it needs no other */
    enum backup_class class;
    int64_t slot, kept_until;
    char zone[ZONE_NAME_BYTES];
    bool anchor;
    int64_t began_ms, ended_ms;
    uint64_t files, changed_files, content_bytes, new_bytes, unsteady_files, unread_files, stored_bytes, live_bytes;
    uint32_t segments, commit_bytes;
    char previous_sha256[HEX_BYTES(SHA256_BYTES)], commit_sha256[HEX_BYTES(SHA256_BYTES)]; /* previous "": none */
};

void snapshot_of(const struct commit *, const void *object, size_t bytes, struct snapshot *ret);

/* 1: it is new; 0: it was there. */
int snapshots_add(struct records *, const struct snapshot *);
/* agent 0: of any. */
bool snapshots_find(struct records *, uint32_t agent, const char *backup, struct snapshot *ret);
/* The newest that was ordered by a plan. */
bool snapshots_newest(struct records *, const char *document, uint32_t agent, struct snapshot *ret);

/* Those of an agent by name, as retention_judge wants them; of a plan alone, and of those whose plan nobody knows any
 * more, if document is not NULL. The caller frees. */
size_t snapshots_retained(
    struct records *, uint32_t agent, const char *document, struct zones *, struct retention_backup **ret);

#endif
