/* A freeze by the machine's own people: a file beside the policy, made by `vedette-agent freeze` or by hand. */
#ifndef VEDETTE_AGENT_WORK_FREEZE_H
#define VEDETTE_AGENT_WORK_FREEZE_H

#include <stdbool.h>

struct options;

/* policy: its path; NULL: the default. */
bool freeze_is_local(const char *policy);

/* `vedette-agent freeze [REASON]`, `vedette-agent unfreeze`. */
int freeze_begin(const struct options *, char **argv);
int freeze_end(const struct options *, char **argv);

#endif
