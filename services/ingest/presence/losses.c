#include "services/ingest/presence/losses.h"

#include <string.h>

#define PHASES (BEAT_PERIOD_MS / 1000) /* seconds of a period */
#define MOST_EXPECTED 1e-3             /* agents wrongly believed silent, a judgement */

void losses_add(struct losses *losses, int64_t now_ms, uint64_t received, uint64_t dropped)
{
    int64_t second = now_ms / 1000;
    if (second - losses->second >= LOSSES_SECONDS)
        memset(losses->lost, 0, sizeof(losses->lost));
    else
        for (int64_t passed = losses->second + 1; passed <= second; passed++)
            losses->lost[passed % LOSSES_SECONDS] = 0;
    if (second != losses->second)
        losses->received = losses->dropped = 0;
    losses->second = second;
    losses->received += received;
    losses->dropped += dropped;
    if (losses->dropped)
        losses->lost[second % LOSSES_SECONDS] =
            (float)((double)losses->dropped / (double)(losses->received + losses->dropped));
}

static double lost_in(const struct losses *losses, int64_t second)
{
    int64_t age = losses->second - second;
    return age < 0 || age >= LOSSES_SECONDS || second < 0 ? 0 : (double)losses->lost[second % LOSSES_SECONDS];
}

/* A beat comes a little earlier or later than a period after the one before: the worst of the seconds around counts. */
static double lost_around(const struct losses *losses, int64_t second)
{
    double worst = lost_in(losses, second);
    for (int64_t beside = second - 1; beside <= second + 1; beside += 2) {
        double lost = lost_in(losses, beside);
        worst = lost > worst ? lost : worst;
    }
    return worst;
}

unsigned losses_misses(const struct losses *losses, uint32_t agents)
{
    double expected[PHASES], sum = (double)agents;
    unsigned misses = 0;
    for (int phase = 0; phase < PHASES; phase++)
        expected[phase] = (double)agents / PHASES;
    for (; misses < LOSSES_PERIODS && sum > MOST_EXPECTED; misses++) {
        sum = 0;
        for (int phase = 0; phase < PHASES; phase++) {
            expected[phase] *= lost_around(losses, losses->second - (int64_t)misses * PHASES - phase);
            sum += expected[phase];
        }
    }
    return sum > MOST_EXPECTED ? LOSSES_PERIODS + 1 : misses ? misses : 1;
}
