/* Agents that change their keys of envelopes: remembered, told to the log, and answered. */
#ifndef SCHEDULER_REKEYS_H
#define SCHEDULER_REKEYS_H

#include <stdint.h>

struct envelope_opened;
struct scheduler;

void rekeys_take(struct scheduler *, uint32_t agent, const struct envelope_opened *);

#endif
