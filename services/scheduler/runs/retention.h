/* What of runs is kept, and for how long: their output shorter than themselves, and in all no more than so much. */
#ifndef SCHEDULER_RETENTION_H
#define SCHEDULER_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

struct records;
struct settings_scheduler;

/* Delete some of what is due. true: there is more. */
bool retention_step(struct records *, const struct settings_scheduler *, int64_t now_ms);

#endif
