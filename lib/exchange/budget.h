/*
 * What each agent may cost for long, and at once: an agent that sends without end is put off, and nobody else is.
 * Counted in bytes that what it says adds to the log, because a full outbox holds up everybody, and a little for each
 * envelope, because to open one takes time. In memory, by agent id: a restart forgives. Pure.
 */
#ifndef VEDETTE_EXCHANGE_BUDGET_H
#define VEDETTE_EXCHANGE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Chosen by the most that an honest agent says. At once, after it was away: two full reports (1,200 rows each,
 * agent/watch/report.h) of nothing but changes at some 400 bytes an event, or a mailbox full of its output (1,024
 * envelopes). For long: eight pieces of output or progress a second, or 9,000 changes of watches an hour. An outbox of
 * the usual 16 MiB counts as full at 8: this and what the longest envelope may cost on top (4 MiB, in rows of the
 * shortest) are less.
 */
#define BUDGET_BYTES_A_SECOND 1024
#define BUDGET_BURST_BYTES (1u << 20)
#define BUDGET_ENVELOPE_BYTES 128

struct budget {
    int64_t *paid_ms; /* by agent id: until when, on the monotonic clock, the rate pays for what it cost */
    size_t room;
};

void budget_free(struct budget *);
/* Whether it may say something now. What that costs is known only afterwards, so one envelope may exceed the burst. */
bool budget_has(const struct budget *, uint32_t agent, int64_t mono_ms);
/* Without memory for it nothing is counted: nobody is held up for that. */
void budget_spend(struct budget *, uint32_t agent, uint64_t bytes, int64_t mono_ms);

#endif
