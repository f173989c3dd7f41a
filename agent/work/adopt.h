#ifndef VEDETTE_AGENT_WORK_ADOPT_H
#define VEDETTE_AGENT_WORK_ADOPT_H

struct options;

/* `vedette-agent trust adopt sha256:HEX`: fetch the chain of trust files by the carrier and begin to trust, from the
 * version with that hash on. Root's word alone: there is no way for a server to do this. */
int adopt_command(const struct options *, char **argv);

#endif
