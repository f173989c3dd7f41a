/*
 * Replies on standard output: a table of columns or `name: value` lines for people; JSON for machines (a list is an
 * array of objects, one a line; what is absent is null).
 *
 * Columns are field names separated by blanks; `field:HEADER` has a header of its own, `field~` shows a time's age.
 */
#ifndef VEDETTE_CLI_PRINT_H
#define VEDETTE_CLI_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/shape.h"

#define COLUMNS_MAX 12

struct print {
    bool json;
    const char *columns; /* of a list; NULL: all fields */
    const char *id;      /* field that JSON calls `id`; NULL: none */
    bool hide_secrets;   /* they went to a file */
    int64_t now_ms;      /* for ages */
    size_t n_rows;       /* printed so far */
    int widths[COLUMNS_MAX];
};

/* A whole reply: one object, or a list. */
void print_reply(struct print *, const struct shape *, const void *reply);

/* The fields that stand before the rows, one a line. */
void print_lines(const struct print *, const struct shape *, const void *reply);

/* A list that comes in pages. */
void print_begin(struct print *);
void print_page(struct print *, const struct shape *, const void *reply);
void print_end(struct print *);

#endif
