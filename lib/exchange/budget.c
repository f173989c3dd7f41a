#include "lib/exchange/budget.h"

#include <stdlib.h>
#include <string.h>

#define AGENTS_MORE 1024 /* at a time */
#define BURST_MS ((int64_t)BUDGET_BURST_BYTES * 1000 / BUDGET_BYTES_A_SECOND)

void budget_free(struct budget *budget)
{
    free(budget->paid_ms);
    *budget = (struct budget){ 0 };
}

bool budget_has(const struct budget *budget, uint32_t agent, int64_t mono_ms)
{
    return agent >= budget->room || budget->paid_ms[agent] - mono_ms < BURST_MS;
}

static int make_room(struct budget *budget, uint32_t agent)
{
    size_t room = (size_t)agent + AGENTS_MORE;
    int64_t *paid_ms = realloc(budget->paid_ms, room * sizeof(*paid_ms));
    if (!paid_ms)
        return -1;
    memset(paid_ms + budget->room, 0, (room - budget->room) * sizeof(*paid_ms));
    budget->paid_ms = paid_ms;
    budget->room = room;
    return 0;
}

void budget_spend(struct budget *budget, uint32_t agent, uint64_t bytes, int64_t mono_ms)
{
    if (agent >= budget->room && make_room(budget, agent))
        return;
    int64_t *paid_ms = &budget->paid_ms[agent];
    if (*paid_ms < mono_ms)
        *paid_ms = mono_ms;
    *paid_ms += (int64_t)(bytes * 1000 / BUDGET_BYTES_A_SECOND);
}
