#ifndef VEDETTE_AGENT_CARRY_ENROL_H
#define VEDETTE_AGENT_CARRY_ENROL_H

struct options;

/* Join a server by a token. Exit status. */
int carry_enrol(const struct options *, char **argv);

#endif
