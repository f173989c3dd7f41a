/*
 * One look at all that a machine has in a target, from its beginning to its end, however many runs that takes; and when
 * the next is due. A round ends when everything was right: what was not is looked at again by each run. Pure.
 */
#ifndef VEDETTE_CLI_PROVE_ROUND_H
#define VEDETTE_CLI_PROVE_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#define ROUND_PROMISE_MS (91LL * 24 * 3600 * 1000) /* the server takes no longer ones than of 92 days */

struct proof_round {
    int64_t began_ms;  /* 0: none is under way */
    bool read;         /* all was, and not all was right */
    int64_t before_ms; /* when the last that ended had begun; 0: none has ended */
    int64_t took_ms;   /* that one */
};

enum round_step { ROUND_REST, ROUND_BEGIN, ROUND_GO_ON };
/* Timers do not wake to the second: a round is due an eighth early. One that found something wrong begins anew in its
 * time. */
enum round_step round_due(const struct proof_round *, int64_t every_ms, int64_t now_ms);

void round_begin(struct proof_round *, int64_t now_ms);
void round_end(struct proof_round *, int64_t now_ms);
/* By when the next will have ended, too, if it takes as long as the last; a quarter is for machines that were off. */
int64_t round_next_by(const struct proof_round *, int64_t every_ms, int64_t now_ms);

#endif
