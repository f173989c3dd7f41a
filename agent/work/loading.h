#ifndef VEDETTE_AGENT_WORK_LOADING_H
#define VEDETTE_AGENT_WORK_LOADING_H

struct problem;
struct work;

/* Everything that is on disk: knowledge, keys, documents. */
int loading_load(struct work *, struct problem *);

#endif
