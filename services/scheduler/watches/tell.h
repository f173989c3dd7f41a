/* What happened to agents' watches, as events. -1: the outbox is full, and nothing was told. */
#ifndef SCHEDULER_WATCH_TELL_H
#define SCHEDULER_WATCH_TELL_H

#include <stdint.h>

struct agent_known;
struct scheduler;
struct watch_record;

/* It came to its level. */
int watch_tell(struct scheduler *, const struct agent_known *, const struct watch_record *);
int watch_tell_ended(struct scheduler *, const struct agent_known *, const struct watch_record *, int64_t time_ms);

#endif
