/*
 * A manifest: what only the owner may know of a backup as a whole. Its object is sealed as a segment is: a context of
 * kind M, and one frame with a line of JSON, record `manifest` of contract/backups.def. The commit has its hash.
 */
#ifndef VEDETTE_REPOSITORY_MANIFEST_H
#define VEDETTE_REPOSITORY_MANIFEST_H

#include "lib/repository/commit.h"
#include "lib/repository/segment.h"

#define MANIFEST_BYTES_MAX (1u << 20) /* unpacked */
#define MANIFEST_UNREAD_MAX 1000      /* paths; and what goes beyond the bytes above is left out, too */
#define HOSTNAME_BYTES 65

struct manifest {
    char hostname[HOSTNAME_BYTES];
    uint8_t tree_sha256[SHA256_BYTES]; /* of all records */
    uint64_t tree_bytes;
    size_t n_unread;
    char **unread; /* what could not be read: paths, as far as they are text */
};
void manifest_free(struct manifest *); /* what was parsed or opened */

/* Seal the manifest of the backup that the commit is of. The segment holds what *ret borrows; both are the caller's. */
int manifest_seal(const struct manifest *, const struct commit *, const struct sealing *, struct segment *ret_segment,
    struct sealed *ret, struct problem *);

/* The line of JSON, of that commit's backup. -1 + problem, *ret untouched. */
int manifest_parse(const char *text, size_t bytes, const struct commit *, struct manifest *ret, struct problem *);
/* Open the one of that commit; the object is spoiled. -1 + problem: "bad-manifest", "bad-segment",
 * "wrong-recipient". */
int manifest_open(const struct bulk_opener *, void *object, size_t bytes, const struct commit *,
    struct manifest *ret, struct problem *);

#endif
