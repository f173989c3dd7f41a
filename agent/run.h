#ifndef VEDETTE_AGENT_RUN_H
#define VEDETTE_AGENT_RUN_H

struct options;

/* The resident, until SIGTERM. Returns the exit status. */
int agent_run(const struct options *, char **argv);

#endif
