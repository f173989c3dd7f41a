#ifndef VEDETTE_AGENT_CARRY_POST_H
#define VEDETTE_AGENT_CARRY_POST_H

#include <stdbool.h>

struct exchange;
struct problem;

#define POSTED_AGAIN_MS (10 * 60 * 1000) /* a parcel of which nothing is heard is sent once more */

/* Parcels by mail, as file says (lib/post.h): take what is in the mailbox, send ours. */
int post_visit(const struct exchange *, const char *file, bool *ret_arrived, struct problem *);

#endif
