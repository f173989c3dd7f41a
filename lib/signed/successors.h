/* Logs of class ops that people signed to follow others: what they show counts as what the trust file's logs show. */
#ifndef VEDETTE_SIGNED_SUCCESSORS_H
#define VEDETTE_SIGNED_SUCCESSORS_H

#include "lib/signed/document.h"
#include "lib/tlog/key.h"

#define SUCCESSORS_MAX 16 /* each is a disaster of its own */

struct successors {
    size_t n;
    struct tlog_vkey keys[SUCCESSORS_MAX]; /* in the order in which they were added */
};

/* The log that a document names, which is good by its signatures; nothing of one that names none of class ops. */
void successors_add(struct successors *, const struct document *);

#endif
