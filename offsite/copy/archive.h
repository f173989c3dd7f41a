/*
 * A set's daily backup: an ordinary one of format vedette1 (docs/backup-format.md), class `server`, so that it is
 * verified, listed, restored and pruned as any other.
 */
#ifndef VEDETTE_OFFSITE_ARCHIVE_H
#define VEDETTE_OFFSITE_ARCHIVE_H

#include <sys/stat.h>

#include "lib/repository/commit.h"
#include "lib/repository/frame.h"
#include "lib/repository/segment.h"
#include "lib/sha256.h"
#include "offsite/copy/held.h"
#include "offsite/copy/spool.h"

#define ARCHIVE_CHUNK_BYTES (1u << 20) /* the most that is packed into one frame */

/* Whose signature it bears, and for whom it is sealed: recovery keys, and nobody else. */
struct copy_keys {
    struct envelope_key *sign;
    size_t n;
    struct envelope_key *recipients[TARGET_RECIPIENTS_MAX];
};

struct archive_part {
    struct segment segment;
    bool open;
    uint32_t line;
    uint64_t live_bytes;
};

struct archive {
    const struct copy_keys *keys;
    struct spool *spool;
    struct commit commit;
    size_t room;
    struct archive_part contents, tree;
    struct packer *packer;
    struct buf packed, records;
    struct sha256 hash; /* of the tree */
    uint64_t tree_bytes;
};

/* deployment: its name; the backup gets a random id, and today's slot. -1 + problem. */
int archive_begin(struct archive *, enum backup_class, const struct copy_keys *, struct spool *, const char *deployment,
    struct problem *);
void archive_free(struct archive *);

/* In the order of trees. All: -1 + problem, and nothing will come of it. */
int archive_folder(struct archive *, const char *name, const struct stat *, struct problem *);
int archive_up(struct archive *, struct problem *);
/* A file, whose content the pieces are: all that make up its size. */
int archive_file(struct archive *, const char *name, const struct stat *, uint64_t size, struct held_piece *pieces,
    size_t n, struct problem *);
/* A part of a file that is still to come, at most ARCHIVE_CHUNK_BYTES. */
int archive_content(struct archive *, const void *data, size_t bytes, struct held_piece *ret, struct problem *);

/* Segments, manifest, commit: the backup is there. The pieces' lines are those of archive->commit from now on; ret is
 * the hash of the commit. */
int archive_end(struct archive *, uint8_t ret_commit[SHA256_BYTES], struct problem *);

#endif
