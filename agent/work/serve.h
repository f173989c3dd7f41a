#ifndef VEDETTE_AGENT_WORK_SERVE_H
#define VEDETTE_AGENT_WORK_SERVE_H

struct options;

/* Until nothing runs and nothing is due soon, or SIGTERM. Exit status. */
int work_run(const struct options *, char **argv);

#endif
