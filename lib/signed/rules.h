/* What a document must hold to beyond the limits of its members; judged from it alone. */
#ifndef VEDETTE_SIGNED_RULES_H
#define VEDETTE_SIGNED_RULES_H

#include "lib/signed/document.h"

/* -1 + "bad-document" with the member at fault. */
int rules_check(const struct document *, struct problem *);

#endif
