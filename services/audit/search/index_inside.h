/* The index's inside, for index.c, which makes it, and lookup.c, which reads it. */
#ifndef VEDETTE_AUDIT_INDEX_INSIDE_H
#define VEDETTE_AUDIT_INDEX_INSIDE_H

#include "lib/buf.h"
#include "services/audit/search/follow.h"
#include "services/audit/search/index.h"

/* Where a block stands, and when its entries were. */
struct place {
    uint64_t offset;
    int64_t oldest_ms, newest_ms;
    uint32_t names_bytes, words_bytes;
    uint32_t day_first, day_last; /* as in the block's head */
    uint16_t sevs[BLOCK_SEVS];
};

struct index {
    struct index_options options;
    int fd;
    bool checked; /* all that the file had */
    char origin[TLOG_NAME_BYTES];
    uint64_t end;         /* offset behind the last block */
    struct place *places; /* of the file's blocks */
    uint64_t count, room;
    uint64_t erasures, blinded; /* of the keys, when the blocks before `blinded` were held against them */
    uint64_t kept, forgotten;   /* first block that is kept; those before the other are known to be empty */
    uint64_t part;              /* of the file, that the last search was in */
    struct follow follow;
    struct block_maker *maker;
    struct buf tail;     /* block of the partial bundle */
    unsigned tail_count; /* entries in it */
    struct buf made;     /* a block on its way to the file, or from there while it is checked */
    struct {
        struct block_head head;
        uint8_t names[BLOCK_NAMES_BYTES_MAX];
    } columns;
};

/* lookup.c: all of it, or -1 with errno. */
int index_read_at(const struct index *, void *ret, size_t bytes, uint64_t offset);
/* index.c */
/* The file is not what it was: check it anew. */
void index_distrust(struct index *);
int index_fail(const struct index *, struct problem *, const char *doing);

#endif
