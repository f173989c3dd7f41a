#ifndef VEDETTE_AGENT_WORK_CHECK_H
#define VEDETTE_AGENT_WORK_CHECK_H

struct options;

/* `vedette-agent policy check FILE`: what would become of a document here if it came now, and why. FILE holds a DSSE
 * envelope, signed or not yet. Exit status: 0 it would be carried out, 3 it would not, 1 trouble. */
int check_command(const struct options *, char **argv);

#endif
