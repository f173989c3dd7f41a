/*
 * This machine's keys of envelopes change: root here types `vedette-agent keys next`. A pair is made, and each service
 * told of it in its stream, signed by the present one. From then on it seals for the new one, and says so; upon which
 * what goes to it is signed by the new one. What is sealed for older ones is opened as long as any may be under way.
 */
#ifndef VEDETTE_AGENT_WORK_REKEYING_H
#define VEDETTE_AGENT_WORK_REKEYING_H

struct opened;
struct options;
struct work;

int rekeying_command(const struct options *, char **argv);
/* A service knows a key of ours. */
void rekeying_known(struct work *, const struct opened *);

#endif
