/* `vedette-agent-work guard`: tries another version and goes back from it, or not; the process that watches over an
 * update. It is of the version before. Where the agent is installed, systemd starts it; else the resident has become
 * it, and it becomes the resident again. */
#ifndef VEDETTE_UPDATE_GUARD_H
#define VEDETTE_UPDATE_GUARD_H

struct options;

int guard_command(const struct options *, char **argv);

#endif
