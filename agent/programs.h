/*
 * Where versions of the agent's programs lie, and which of them runs:
 *
 *     1.2.3/       vedette-agent, -carry, -work, … of a version, whole or not there
 *     current      a link to the folder of the version that runs
 *     previous     during an update, and until the next: the version before, which watches over it and is gone back to
 *
 * Installed, this is PROGRAMS_INSTALLED, root's: systemd's units and /usr/bin/vedette-agent lead to `current`. Else it
 * is PROGRAMS_OWN below work's folder, and a resident that is started anywhere hands over to `current` (launch.h).
 */
#ifndef VEDETTE_AGENT_PROGRAMS_H
#define VEDETTE_AGENT_PROGRAMS_H

#include <limits.h>

#include "lib/version.h"

struct problem;

#define PROGRAMS_INSTALLED "/usr/lib/vedette/agent"
#define PROGRAMS_OWN "programs"
#define PROGRAMS_CURRENT "current"
#define PROGRAMS_PREVIOUS "previous"

/* What a version consists of. Ended by NULL. */
extern const char *const programs[];

/* FOLDER/WHICH/PROGRAM; which: a version or a link. */
void programs_path(const char *folder, const char *which, const char *program, char ret[PATH_MAX]);
/* The folder of which this process is a program. */
int programs_own(char ret[PATH_MAX], struct problem *);

/* The version that a link leads to; "": none. */
void programs_linked(const char *folder, const char *link, char ret[VERSION_BYTES]);
/* Let a link lead to a version: at once and durably, so that there is never none. */
int programs_link(const char *folder, const char *link, const char *version, struct problem *);

#endif
