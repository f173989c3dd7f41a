/*
 * The write-ahead log of an SQLite database, as a file (https://www.sqlite.org/fileformat2.html#walformat): which page
 * stands where in it. Pure.
 */
#ifndef VEDETTE_DB_WAL_H
#define VEDETTE_DB_WAL_H

#include <stddef.h>
#include <stdint.h>

#define WAL_HEADER_BYTES 32
#define WAL_FRAME_HEADER_BYTES 24
#define WAL_PAGE_BYTES_MAX 65536

struct wal_page {
    uint32_t number; /* from 1 */
    size_t at;       /* where its content stands in the WAL */
};

struct wal {
    uint32_t page_bytes;
    uint64_t salts; /* differ each time the WAL is begun anew */
    uint32_t pages; /* of the database after the last commit; 0: there is none in it */
    size_t n;
    struct wal_page *all; /* by number, the newest of each */
};

/* What was committed: frames whose salts and checksums follow on the header, up to the last commit. A WAL without any
 * is one, too. -1: no memory. */
int wal_parse(const uint8_t *data, size_t bytes, struct wal *ret);
void wal_free(struct wal *);
/* NULL: the page stands in the database. */
const struct wal_page *wal_find(const struct wal *, uint32_t number);

#endif
