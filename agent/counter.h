/*
 * The counter of our beats: no value is ever used twice, whatever dies when. Values are reserved on disk in blocks
 * before the first of a block is used; a start begins behind all that was ever reserved.
 */
#ifndef VEDETTE_AGENT_COUNTER_H
#define VEDETTE_AGENT_COUNTER_H

#include <stddef.h>
#include <stdint.h>

struct problem;

/* No server counts so far (2^62 beats); whoever says so would have us overflow. */
#define COUNTER_MAX ((uint64_t)1 << 62)

struct counter {
    uint64_t next;     /* value of the next beat */
    uint64_t reserved; /* on disk: values below it may have been used */
    uint64_t woken;    /* counter of the last wake taken; on disk as of the last reservation */
};

/* Text of the file: "reserved N\nwoken N\n". */
int counter_parse(const char *text, size_t bytes, struct counter *ret, struct problem *);

/* Read the file and reserve a first block; no file: begin with 1. */
int counter_open(struct counter *ret, struct problem *);
/* Write the file as it stands. */
int counter_save(const struct counter *, struct problem *);

/* Reserve the next block when half of the last is used: a disk that is full for hours then stops no beat. */
int counter_top_up(struct counter *, struct problem *);
/* The value for one beat. -1: nothing that is reserved is left, and there must be no beat. */
int counter_take(struct counter *, uint64_t *ret_value);
/* Go on above a value that the server has already accepted. */
int counter_rise(struct counter *, uint64_t above, struct problem *);

#endif
