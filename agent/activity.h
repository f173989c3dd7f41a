/* `vedette-agent activity`: what was asked of this machine and what became of it (agent/work/activity.h writes it). */
#ifndef VEDETTE_AGENT_ACTIVITY_H
#define VEDETTE_AGENT_ACTIVITY_H

#include <limits.h>

#define ACTIVITY_FILE "activity.log"
#define REFUSED_FILE "refused.log" /* beside it: what was refused */

struct options;

/* Where it is: /var/log/vedette-agent where the agent is installed, else in the state directory. */
void activity_path(const struct options *, char ret[PATH_MAX]);

/* Print both, by time. Anybody may who can read the files. */
int agent_activity(const struct options *, char **argv);

#endif
