/* Tags: words that people give agents, to find them by. portal.db has them; lists show them out of the mirror. */
#ifndef VEDETTE_PORTAL_TAGS_H
#define VEDETTE_PORTAL_TAGS_H

struct portal;
struct problem;

/* Into the mirror, at the start. */
int tags_load(struct portal *, struct problem *);
/* Each second: browsers load anew after a change, of which no event tells. */
void tags_tell(struct portal *);

#endif
