/*
 * Giving up what the rest of a backup does not need, where we are root: other programs, writing anywhere but into the
 * home and into a target that is a directory, the network where it is one, and all of root's rights but those to read
 * and to put.
 */
#ifndef VEDETTE_AGENT_BACKUP_CONFINE_H
#define VEDETTE_AGENT_BACKUP_CONFINE_H

#include <stdbool.h>

struct problem;
struct target_conf;

/* copies: there are copies of databases, which are to be removed at the end. Before threads are begun. */
int confine(const struct target_conf *, const char *home, bool copies, struct problem *);

#endif
