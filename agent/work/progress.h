/*
 * How far a document is on this machine: which version was taken, what of it was begun. One small file a document,
 * written before what it says is done: a run whose "running" is found at a start was cut off, and is never begun again.
 *
 * It is kept until the last version's expiry, so that an older version that is brought again is known to be old.
 */
#ifndef VEDETTE_AGENT_WORK_PROGRESS_H
#define VEDETTE_AGENT_WORK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/run_chain.h"

struct problem;

#define DOCUMENT_ID_BYTES 33
#define PROGRESS_LIMIT_BYTES 16384
#define PROGRESS_TELLING_BYTES 8192 /* the rest of its output, a sentence of 200 bytes, escaped, and numbers */

struct progress {
    char document[DOCUMENT_ID_BYTES];
    uint32_t version;                     /* highest taken */
    uint8_t sha256[SHA256_BYTES];         /* what that was */
    int64_t keep_until_ms;                /* latest expiry of any version */
    int64_t since_ms;                     /* when this version was taken */
    int64_t last_ms;                      /* latest occurrence begun or passed over; 0: none */
    bool begun;                           /* of what is done once: that it was */
    bool running;                         /* an occurrence was begun, and its end is not known yet */
    bool over;                            /* cancelled, or replaced by nothing: nothing more of it is begun */
    bool told;                            /* people were told of this version */
    bool delivered;                       /* the server was told that it is here, or more than that */
    int64_t asked_ms;                     /* when people were asked for the occurrence that waits; 0: they were not */
    int64_t occurrence;                   /* the one that runs or ran last */
    uint64_t runs;                        /* how many were begun */
    char telling[PROGRESS_TELLING_BYTES]; /* how the last one ended, as the message's JSON, until it is on its way */
    struct run_chain chain;               /* of what was told of its runs */
};

/* The text of a file. *ret is untouched on failure. */
int progress_parse(const char *text, size_t bytes, struct progress *ret, struct problem *);
bool progress_exists(const char *document);
int progress_load(const char *document, struct progress *ret, struct problem *);
/* Durable when it returns. */
int progress_save(const struct progress *, struct problem *);
void progress_remove(const char *document);

/* A new version: what was done of the one before does not count for it. */
void progress_begin(
    struct progress *, const struct document_head *, const uint8_t sha256[SHA256_BYTES], int64_t now_ms);

#endif
