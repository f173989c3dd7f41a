/*
 * Increments: what changed since a backup, piece by piece, so that little is lost when the next backup is far. A
 * server's own backups have them. The object is sealed as a segment is: a context of kind I; a frame with a statement,
 * signed (CMS) by whoever signs the commits; frames with changes (changes.h). The statement is the line
 *
 *     vedette1 increment <agent> <backup> <number> <milliseconds since 1970> <whole|more> <previous> <SHA-256 of all
 * changes>
 *
 * previous: SHA-256 of the increment before, of the commit for number 1; so none can be left out, or stand elsewhere.
 * `more`: what it holds makes sense only together with the next.
 */
#ifndef VEDETTE_REPOSITORY_INCREMENT_H
#define VEDETTE_REPOSITORY_INCREMENT_H

#include <stdbool.h>

#include "lib/repository/segment.h"

#define INCREMENT_CHANGES_MAX (14u << 20) /* what fits into a segment even if it cannot be compressed */

struct increment {
    uint32_t agent;
    char backup[BACKUP_BYTES];
    uint32_t number; /* from 1 */
    int64_t time_ms; /* when the files were as it leaves them */
    bool whole;
    uint8_t previous[SHA256_BYTES];
};

/* *ret borrows from the segment; both are the caller's. -1 + problem. */
int increment_seal(const struct increment *, const void *changes, size_t bytes, const struct envelope_key *sign,
    const struct sealing *, struct segment *ret_segment, struct sealed *ret, struct problem *);

/* Open the one of this agent, backup and number; what else it says of itself is filled in, and its changes are
 * appended, as they were signed. The object is spoiled. -1 + problem: "bad-increment", "bad-segment",
 * "wrong-recipient". */
int increment_open(const struct envelope_key *own, void *object, size_t bytes, struct increment *,
    struct buf *ret_changes, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *);

#endif
