#include "cli/prove/round.h"

enum round_step round_due(const struct proof_round *round, int64_t every_ms, int64_t now_ms)
{
    int64_t since_ms = now_ms - round->before_ms;
    if (round->began_ms)
        return round->read && now_ms - round->began_ms >= every_ms ? ROUND_BEGIN : ROUND_GO_ON;
    /* A clock that was set back must not put it off. */
    return !round->before_ms || since_ms < 0 || since_ms >= every_ms - every_ms / 8 ? ROUND_BEGIN : ROUND_REST;
}

void round_begin(struct proof_round *round, int64_t now_ms)
{
    round->began_ms = now_ms;
    round->read = false;
}

void round_end(struct proof_round *round, int64_t now_ms)
{
    round->before_ms = round->began_ms;
    round->took_ms = now_ms > round->began_ms ? now_ms - round->began_ms : 0;
    round->began_ms = 0;
    round->read = false;
}

int64_t round_next_by(const struct proof_round *round, int64_t every_ms, int64_t now_ms)
{
    int64_t begins_ms = round->before_ms + every_ms > now_ms ? round->before_ms + every_ms : now_ms;
    int64_t by_ms = begins_ms + round->took_ms + every_ms / 4;
    return by_ms < now_ms + ROUND_PROMISE_MS ? by_ms : now_ms + ROUND_PROMISE_MS;
}
