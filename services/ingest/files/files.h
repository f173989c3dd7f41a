/*
 * Files that documents name by their SHA-256: ingest/files/<hash>, and <hash>.part while it comes. Whoever reads one
 * compares the hash, so nothing here need be believed. One that no document names goes a day later.
 */
#ifndef INGEST_FILES_H
#define INGEST_FILES_H

#include <stddef.h>
#include <stdint.h>

struct http_request;
struct ingest;
struct problem;

#define FILES_FOLDER "ingest/files"
/* Its hash is taken in the loop: 60 ms, in which beats wait in their socket */
#define FILES_FILE_BYTES_MAX (64u << 20)
#define FILES_MAX 1000 /* kept at a time */
#define FILES_PIECE_BYTES (256u << 10)

int files_open(struct problem *);

/* Of the file with this hash and length, what is at this offset. */
struct piece {
    const char *sha256;
    uint64_t file_bytes, offset;
    const void *data;
    size_t bytes;
};
/* *ret_offset: how much of the file is here now. A piece that does not follow what is here changes nothing.
 * "too-large", "files-full", "bad-file". */
int files_put(const struct piece *, uint64_t *ret_offset, struct problem *);
/* At most `most` bytes, and FILES_PIECE_BYTES, from an offset on, into piece. "not-found". */
int files_get(const char *sha256, uint64_t offset, size_t most, void *piece, size_t *ret_piece_bytes,
    uint64_t *ret_bytes, struct problem *);

/* doors.c: POST /v1/file: a piece of one, for an agent. */
void take_piece(struct ingest *, struct http_request *);

/* kept.c: from now on, files that no document names go. */
int files_keep(struct ingest *, struct problem *);

#endif
