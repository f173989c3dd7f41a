/* What watches must hold to beyond the limits of their members: signers, server and agent judge them by the same code. Pure, and
 * without OpenSSL: the resident agent links it. */
#ifndef VEDETTE_SIGNED_WATCHED_H
#define VEDETTE_SIGNED_WATCHED_H

#include <stddef.h>

#include "contract.h"

struct problem;

/* The watches of one document: each has the parameters of its kind and no others, thresholds in order, a name of its own,
 * and depends on none that stands behind it. -1 + "bad-document" with the member at fault. */
int watched_check(const struct document_watched *, size_t n, struct problem *);
/* The part of documents.def that a watch is. */
const struct part *watched_part(void);

#endif
