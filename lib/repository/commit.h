/*
 * A commit: what makes a backup exist. It is written last, signed by the agent (CMS SignedData, DER), and names every
 * segment that the backup needs, so that whoever keeps, verifies or prunes a repository needs no other key.
 *
 * What is signed is text: a line of JSON, record `commit` of contract/backups.def, and a line for each segment, in the
 * order in which readers want them and by which trees refer to them:
 *
 *     <T, C or D> <SHA-256 of the object> <its bytes> <bytes of its frames that this backup needs> <mark of its key>
 *
 * Commits from before there were marks have none; by a restore key service they cannot be restored.
 */
#ifndef VEDETTE_REPOSITORY_COMMIT_H
#define VEDETTE_REPOSITORY_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/calendar/zone.h"
#include "lib/envelope/bulk.h"
#include "lib/repository/name.h"

struct buf;
struct problem;

#define DEPLOYMENT_ID_BYTES 33       /* 32 hexadecimal digits, and NUL */
#define OBJECT_BYTES_MAX (17u << 20) /* of any: 16 MiB, and what is around it; targets take no more */
#define COMMIT_SEGMENTS_MAX 147456   /* 2.25 TiB, if they are full: their lines take 16.5 MiB */

/* What a segment holds; a letter in commits and contexts. */
enum segment_kind {
    SEGMENT_TAR = 'T',    /* frames of a tar archive: anchors */
    SEGMENT_CHUNKS = 'C', /* contents of files */
    SEGMENT_TREE = 'D',   /* the tree: names, owners, times, and where contents stand */
};

struct commit_segment {
    enum segment_kind kind;
    uint8_t sha256[SHA256_BYTES];
    uint32_t bytes, live_bytes;
    bool marked;
    uint8_t mark[BULK_MARK_BYTES]; /* of the content key (lib/envelope/bulk.h) */
};

struct commit {
    char deployment[DEPLOYMENT_ID_BYTES];
    uint32_t agent;
    char backup[BACKUP_BYTES];
    enum backup_class class;
    int64_t slot, kept_until;   /* days since 1970-01-01 */
    char zone[ZONE_NAME_BYTES]; /* on whose walls these dates are; "": nobody said */
    char base[BACKUP_BYTES];    /* "": it rests on no other backup */
    bool has_previous;
    uint8_t previous[SHA256_BYTES]; /* of the object */
    bool anchor;
    int64_t began_ms, ended_ms;
    uint8_t manifest[SHA256_BYTES];
    uint32_t manifest_bytes;
    bool manifest_marked;
    uint8_t manifest_mark[BULK_MARK_BYTES];
    uint64_t files, changed_files, content_bytes, new_bytes, unsteady_files, unread_files;
    size_t n_segments;
    struct commit_segment *segments;
};
void commit_free(struct commit *); /* what it holds */

/* Append the text to be signed. -1: no memory. */
int commit_text(const struct commit *, struct buf *ret);
/* Parse it wholly: nothing behind sees text. -1 + problem, *ret untouched. text needs no NUL. */
int commit_parse(const char *text, size_t bytes, struct commit *ret, struct problem *);

/* Append the object. */
int commit_sign(const struct commit *, const struct envelope_key *, struct buf *ret, struct problem *);
/* Open an object: the signature holds, by the key with that fingerprint, which came along. -1 + problem "bad-commit";
 * or "no-memory": nobody knows. *ret untouched. */
int commit_read(
    const void *object, size_t bytes, struct commit *ret, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *);
/*
 * Open an object that was found as that agent's and backup's: the signature holds, and it says so itself. *ret_signer
 * is the fingerprint of the key that signed, whose certificate comes along; whether it is the agent's, the caller
 * knows. -1 + problem "bad-commit", or "no-memory" as above; *ret untouched.
 */
int commit_open(const void *object, size_t bytes, uint32_t agent, const char *backup, struct commit *ret,
    char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *);

#endif
