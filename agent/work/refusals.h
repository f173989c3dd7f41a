/*
 * Refusals that are alike: who floods a machine with what it refuses gets counted, and not a line each. Pure.
 *
 * Alike are those of one kind with one code. Of these the first of an hour stand in the activity log, the others as a
 * number.
 */
#ifndef VEDETTE_AGENT_WORK_REFUSALS_H
#define VEDETTE_AGENT_WORK_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem;

#define REFUSALS_MAX 64    /* kinds and codes at a time; all others of an hour are alike to us */
#define REFUSALS_LINES 100 /* an hour of each */
#define REFUSALS_WINDOW_MS 3600000
#define REFUSALS_WORD_BYTES 48

struct refusal {
    char kind[REFUSALS_WORD_BYTES], code[REFUSALS_WORD_BYTES];
    int64_t since_ms; /* when its hour began; 0: the place is free */
    uint32_t lines;   /* written in it */
    uint64_t more;    /* and counted since that was last written */
};

struct refusals {
    struct refusal rows[REFUSALS_MAX];
};

/* Is it to be written? Else it is counted. */
bool refusals_take(struct refusals *, const char *kind, const char *code, int64_t now_ms);
/* The next one of which some were counted; *ret_more is how many, and that is then taken as written. NULL: none. */
const struct refusal *refusals_counted(struct refusals *, uint64_t *ret_more);

/* As a file: a line a row. What is no such line is passed over. */
void refusals_parse(const char *text, size_t bytes, struct refusals *ret);
int refusals_save(const struct refusals *, const char *file, struct problem *);

#endif
