/* What agents say of themselves: which trust file, policy and documents they have. The newest of each is kept, and
 * served by agent.report and agent.policies. */
#ifndef SCHEDULER_REPORTS_H
#define SCHEDULER_REPORTS_H

#include <stdint.h>

struct envelope_opened;
struct scheduler;

void reports_take(struct scheduler *, uint32_t agent, const struct envelope_opened *);
/* The agent was retired. */
void reports_forget(struct scheduler *, uint32_t agent);

#endif
