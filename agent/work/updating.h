/*
 * Work's part of an update (agent/update/): the package is fetched, laid out beside the version that runs, and handed
 * to the guard; and what the guard has written down of it is told. Meanwhile nothing is begun.
 */
#ifndef VEDETTE_AGENT_WORK_UPDATING_H
#define VEDETTE_AGENT_WORK_UPDATING_H

#include <stdbool.h>

struct document_package;
struct held;
struct problem;
struct work;

/* May it be installed over what runs, and what ran here before? "old-version", "other-platform", "bad-package". */
int updating_allows(const struct document_package *, struct problem *);
/* Lay it out, write down that it lies ready, and have it tried. Whatever happens is told. Its package is here, and
 * nothing runs. */
void updating_start(struct work *, struct held *);
/* How far the one under way is: work->updating; what has come to its end is told. */
void updating_look(struct work *);

#endif
