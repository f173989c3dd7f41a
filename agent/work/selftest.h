/* `vedette-agent-work selftest`: can this version do with what the one before has left here? Asked by the guard of an
 * update (agent/update/), whatever version that is. */
#ifndef VEDETTE_AGENT_WORK_SELFTEST_H
#define VEDETTE_AGENT_WORK_SELFTEST_H

struct options;

/* Exit status 0: the keys open, what is trusted and held is read and its signatures hold, and the policy is
 * understood. */
int selftest_command(const struct options *, char **argv);

#endif
