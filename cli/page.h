/*
 * A page of this program's own, for the browser of the person who runs it: http://localhost:PORT/TOKEN/, on the
 * loopback alone. Only who knows the token, which is printed once, is answered; and only a browser that was led there
 * by its user, under this very name (a page of another origin, or a name that somebody's DNS leads here, gets nothing).
 * It serves one piece of work and ends.
 *
 * No other user of the machine can be what the browser reaches under that name: both loopback addresses are ours.
 */
#ifndef VEDETTE_CLI_PAGE_H
#define VEDETTE_CLI_PAGE_H

#include <jansson.h>

#include "lib/http/asset.h"

struct problem;

#define PAGE_ORIGIN_BYTES 32

enum page_step {
    PAGE_STAYS,
    PAGE_ENDS, /* after this answer */
};

struct page {
    unsigned port;
    const struct http_assets *assets;
    const char *work; /* JSON: what the page is about */
    /* The page asks for `what` with a JSON object. *ret_reply: an object for the page, or NULL for an empty one. A
     * problem is shown there, and the page stays. */
    int (*take)(void *arg, const char *what, const json_t *body, json_t **ret_reply, enum page_step *ret_step,
        struct problem *);
    void *arg;
};

void page_origin(unsigned port, char ret[PAGE_ORIGIN_BYTES]);
/* Print the address on standard error, serve until PAGE_ENDS was answered. -1 + problem: "port" (it is not to be had),
 * "timeout" (nobody asked it anything for an hour), "interrupted" (the program was told to end). */
int page_serve(const struct page *, struct problem *);

#endif
