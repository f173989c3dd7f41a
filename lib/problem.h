/*
 * A problem: why something was refused or failed, for the one place that tells people.
 * Libraries fill it in and return -1; programs log it or send it, once.
 */
#ifndef VEDETTE_PROBLEM_H
#define VEDETTE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

struct problem {
    const char *code;       /* machine-readable, static: "bad-json", "unknown-field", "no-permission", … */
    char field[64];         /* field, setting or file at fault; "" if none */
    char reason[256];       /* a sentence for people; never a secret */
};

/* Fill in *problem (NULL is allowed) and return -1, so that `return problem_set(…)` reads as one step. */
int problem_set(struct problem *problem, const char *code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same, with ": " and strerror(errno) at the end; of ENOMEM the code is "no-memory". */
int problem_errno(struct problem *problem, const char *code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

bool problem_is(const struct problem *, const char *code);

#endif
