/*
 * A place in a class of the log, for whoever goes on where he was: a sequence and, above its 48 bits, how often that
 * log was succeeded by another (`vedette audit recover`). Sequences are used again then; places only rise, so that
 * whoever keeps one as a mere number misses nothing. Without a succession it is the sequence itself.
 * docs/decisions/0030.
 */
#ifndef VEDETTE_PLACE_H
#define VEDETTE_PLACE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct problem;

#define PLACE_SEQUENCE_BITS 48
#define SUCCESSIONS_MAX 999
#define SUCCESSIONS_FILE "begins" /* in the tree's directory: a number a line */

/* Where each succeeding log began, in order of time: what stood there before belongs to the one before. */
struct successions {
    uint32_t n;
    uint64_t begins[SUCCESSIONS_MAX];
};

static inline uint64_t place_sequence(uint64_t place)
{
    return place & ((UINT64_C(1) << PLACE_SEQUENCE_BITS) - 1);
}

static inline uint32_t place_succession(uint64_t place)
{
    return (uint32_t)(place >> PLACE_SEQUENCE_BITS);
}

/* Of the entry that has, or will have, this sequence in today's log. */
uint64_t successions_place(const struct successions *, uint64_t sequence);
/* Where in today's log somebody goes on who was at this place: there, or where the log parted from the one he knew. */
uint64_t successions_sequence(const struct successions *, uint64_t place);

/* What the tree's directory says; none if there is no such file. -1 + problem: it cannot be read. */
int successions_read(const char *directory, struct successions *ret, struct problem *);
/* There were n, and what the last one has today it has of the log before: if that is news, it begins at `begin`. */
int successions_note(const char *directory, struct successions *, uint32_t n, uint64_t begin, struct problem *);
/* The file's text, both ways. */
int successions_parse(const char *text, struct successions *ret, struct problem *);
int successions_format(const struct successions *, struct buf *);

#endif
