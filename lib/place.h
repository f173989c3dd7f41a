/*
 * A place in a class of the log, for whoever goes on where he was: a sequence and, above its 48 bits, how often that log
 * was succeeded by another (`vedette audit recover`). Sequences are used again then; places only rise, so that whoever
 * keeps one as a mere number misses nothing. Without a succession it is the sequence itself. docs/decisions/0030.
 */
#ifndef VEDETTE_PLACE_H
#define VEDETTE_PLACE_H

#include <stddef.h>
#include <stdint.h>

struct problem;

#define PLACE_SEQUENCE_BITS 48
#define SUCCESSIONS_MAX 999
#define SUCCESSION_FILE "succession.json" /* in the tree's directory, made by `vedette audit recover` */

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
int successions_parse(const char *text, size_t bytes, struct successions *ret, struct problem *);

#endif
