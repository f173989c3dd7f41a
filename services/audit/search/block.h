/*
 * A block of the index: what can be searched of one bundle's entries. Pure.
 *
 *     head, with a column each for time, agent, type, tenant, actor, severity · names · words
 *
 * Types, tenants and actors are numbers within the block; its names say what they stand for: of each kind their count,
 * u16, and length, u8, and text. So a block needs nothing but itself. Byte order is the machine's: an index goes
 * nowhere.
 */
#ifndef VEDETTE_AUDIT_BLOCK_H
#define VEDETTE_AUDIT_BLOCK_H

#include "lib/crypto.h"
#include "lib/tlog/bundle.h"
#include "services/audit/search/wanted.h"

struct buf;

#define BLOCK_ENTRIES TLOG_TILE_WIDTH

#define BLOCK_SEVS 4

enum name_kind { NAME_TYPE, NAME_TENANT, NAME_ACTOR, NAME_KINDS };

#define BLOCK_NAMES_BYTES_MAX (NAME_KINDS * (2 + BLOCK_ENTRIES * GLANCE_TEXT_BYTES))

struct block_head {
    uint8_t hash[BLAKE2B_BYTES];  /* of all that follows */
    uint64_t number;              /* of the bundle */
    int64_t oldest_ms, newest_ms; /* oldest > newest: it has no entries, retention took them */
    uint32_t names_bytes, words_bytes;
    uint32_t day_first, day_last; /* whose sealed fields it knows; first > last: none */
    uint16_t sevs[BLOCK_SEVS];    /* how many entries of each severity, 1 first */
    int64_t time_ms[BLOCK_ENTRIES];
    uint32_t agent[BLOCK_ENTRIES];
    uint8_t name[NAME_KINDS][BLOCK_ENTRIES];
    uint8_t sev[BLOCK_ENTRIES]; /* 0: there is no such entry, or it is none of ours */
};

/* 128 KB of room for words, and names: for making one block after the other. */
struct block_maker;
struct block_maker *block_maker_new(void);
void block_maker_free(struct block_maker *);

/* Append the block of a bundle. -1: no memory. */
int block_make(
    struct block_maker *, uint64_t number, const struct tlog_entry *entries, unsigned count, struct buf *ret);
/* Of the block made last: the days whose keys opened what it knows. */
void block_note_days(void *block, size_t bytes, uint32_t first, uint32_t last);

/* Forget actors and words: from then on they may be any. So nothing is known of personal fields. */
void block_blind(void *block, size_t bytes);
bool block_is_blind(const struct block_head *);
/* What is left of a block of which nothing may be known any more: as long as it was, and empty. */
void block_forget(void *block, size_t bytes);

/* Whether a head's lengths are possible, and, with all the block's bytes behind each other, whether it is whole. */
bool block_head_possible(const struct block_head *);
bool block_whole(const void *block, size_t bytes);

/* Which entries are wanted, but for the phrase: 1 in mask. The names stand behind the head. Returns how many. */
unsigned block_match(const struct block_head *, const struct wanted *, uint8_t mask[BLOCK_ENTRIES]);

#endif
