#ifndef VEDETTE_AGENT_STATUS_H
#define VEDETTE_AGENT_STATUS_H

struct options;

/* Prints who this agent is and how it does. Exit status: 0 it runs, 3 it does not (as systemctl says), 1 trouble. */
int agent_status(const struct options *, char **argv);

#endif
