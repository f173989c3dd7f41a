#ifndef VEDETTE_AGENT_CARRY_DROP_H
#define VEDETTE_AGENT_CARRY_DROP_H

#include <stdbool.h>

struct exchange;
struct problem;

/* Parcels by a directory, where others may read them, sealed as they are: take what is in to/, leave ours in from/. */
int drop_visit(const struct exchange *, const char *folder, bool *ret_arrived, struct problem *);

#endif
