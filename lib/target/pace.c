#include "lib/target/pace.h"

#define SLACK_US 100000
#define AGAIN_FIRST_MS 500
#define AGAIN_LIMIT_MS 30000

int64_t pace_wait_ms(struct pace *pace, uint64_t bytes, int64_t now_ms)
{
    if (!pace->bytes_per_s)
        return 0;
    int64_t now_us = now_ms * 1000;
    if (pace->paid_until_us < now_us - SLACK_US)
        pace->paid_until_us = now_us - SLACK_US;
    /* In parts, so that nothing overflows at any rate. */
    pace->paid_until_us += (int64_t)(bytes / pace->bytes_per_s) * 1000000 +
                           (int64_t)((double)(bytes % pace->bytes_per_s) * 1e6 / (double)pace->bytes_per_s);
    return pace->paid_until_us > now_us ? (pace->paid_until_us - now_us + 999) / 1000 : 0;
}

int64_t pace_again_ms(unsigned n, uint32_t random)
{
    int64_t limit = AGAIN_FIRST_MS;
    while (n-- && limit < AGAIN_LIMIT_MS)
        limit += limit / 2;
    if (limit > AGAIN_LIMIT_MS)
        limit = AGAIN_LIMIT_MS;
    return limit / 2 + (int64_t)random % (limit / 2 + 1);
}
