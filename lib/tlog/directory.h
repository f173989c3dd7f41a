/*
 * A log in a directory, as c2sp.org/tlog-tiles lays it out: checkpoint, vkey, tile/…. Read only; what stands there is
 * believed by nobody before it was verified.
 */
#ifndef VEDETTE_TLOG_DIRECTORY_H
#define VEDETTE_TLOG_DIRECTORY_H

#include "lib/tlog/bundle.h"

struct problem;

struct tlog_directory {
    int fd;
    uint8_t *bytes; /* of the tile read last; room for the longest bundle */
};

int tlog_directory_open(const char *path, struct tlog_directory *ret, struct problem *);
void tlog_directory_close(struct tlog_directory *);

/* `checkpoint` or `vkey`, at most limit_bytes; *ret_data is ended by NUL and the caller's to free. */
int tlog_directory_text(const struct tlog_directory *, const char *name, size_t limit_bytes, char **ret_data,
    size_t *ret_bytes, struct problem *);

/* The log's tiles, for a tree of that size. The directory must outlive the source. */
struct tlog_source tlog_directory_source(struct tlog_directory *, uint64_t size);

#endif
