#include "services/alert/output/backoff.h"

/* The receiver understood and does not want it. Not the ones that ask for patience: RFC 9110, RFC 6585. */
static bool is_refusal(int status)
{
    return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

static int64_t due_ms(const struct backoff *backoff)
{
    if (backoff->gone || backoff->refusals >= BACKOFF_REFUSALS)
        return BACKOFF_REFUSED_MS;
    int64_t wait_ms = BACKOFF_FIRST_MS;
    for (unsigned i = 1; i < backoff->failures && wait_ms < BACKOFF_LONGEST_MS; i++)
        wait_ms *= 2;
    return wait_ms < BACKOFF_LONGEST_MS ? wait_ms : BACKOFF_LONGEST_MS;
}

int64_t backoff_after(struct backoff *backoff, const struct failure *failure, uint32_t random)
{
    backoff->failures++;
    backoff->refusals = is_refusal(failure->status) ? backoff->refusals + 1 : 0;
    backoff->gone = failure->status == 410;
    int64_t whole_ms = due_ms(backoff), asked_ms = BACKOFF_REFUSED_MS;
    if (failure->retry_after_s < BACKOFF_REFUSED_MS / 1000)
        asked_ms = failure->retry_after_s * 1000;
    int64_t wait_ms = whole_ms / 2 + whole_ms / 2 * (random % 1024) / 1023;
    return wait_ms > asked_ms ? wait_ms : asked_ms;
}
