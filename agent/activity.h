/* `vedette-agent activity`: what was asked of this machine and what became of it (agent/work/activity.h writes it). */
#ifndef VEDETTE_AGENT_ACTIVITY_H
#define VEDETTE_AGENT_ACTIVITY_H

#include <limits.h>

#define ACTIVITY_FILE "activity.log"

struct options;

/* Where it is: /var/log/vedette-agent where the agent is installed, else in the state directory. */
void activity_path(const struct options *, char ret[PATH_MAX]);

/* Print it, the older half first. Anybody may who can read the file. */
int agent_activity(const struct options *, char **argv);

#endif
