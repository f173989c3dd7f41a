/*
 * What the page asks, and what it is answered (web/src/browse/ask.ts has the other end). Names are meant by their
 * numbers, so that no name ever has to come back from the page as it was; numbers are checked.
 */
#ifndef VEDETTE_CLI_BROWSE_ANSWERS_H
#define VEDETTE_CLI_BROWSE_ANSWERS_H

#include "cli/browse/bringing.h"
#include "cli/page.h"

#define ANSWER_ROWS_MAX 500 /* in one answer: the page asks for more as it scrolls */

struct answers {
    struct shelf *shelf;
    struct bringing *bringing;
    const char *from;   /* folder in which paths begin that do not begin with '/' */
    const char *target; /* its name, as documents have it; "": it has none here */
    const char *to;     /* where files are brought to, unless the page says otherwise */
};

/* What stays as it is: the caller frees. NULL: no memory. */
char *answers_work(const struct answers *);
/* struct page's take; arg is a struct answers. */
int answers_take(
    void *arg, const char *what, const json_t *body, json_t **ret_reply, enum page_step *ret_step, struct problem *);

#endif
