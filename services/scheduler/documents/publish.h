/* Trust files and statuses: not carried out but published, to every agent, with the log away, too. */
#ifndef SCHEDULER_PUBLISH_H
#define SCHEDULER_PUBLISH_H

struct paper;
struct problem;
struct scheduler;

/* Both: 0, and what is stored; -1 + problem of lib/signed, "no-trust", "old-status", "log-unavailable". */
int publish_trust(struct scheduler *, const char *dsse, const char *actor, struct paper *ret, struct problem *);
int publish_status(struct scheduler *, const char *dsse, const char *actor, struct paper *ret, struct problem *);

#endif
