/*
 * A stream of envelopes: from one sender to one recipient, numbered, so that each message is dealt with exactly once
 * and in order, by whatever carriers they come and however often those repeat. Pure; both sides keep their state on
 * disk.
 *
 * The sender keeps its state before a message leaves it. The recipient keeps its own in one step with what the message
 * made it do, or behind it where that is harmless to repeat. What comes before its turn is held back, at most
 * STREAM_HELD_MAX. Carriers lose nothing, so a gap closes by itself; if it does not (a side was restored from a copy),
 * it is skipped, and a skipped message that comes after all is dealt with then, out of its order.
 */
#ifndef VEDETTE_ENVELOPE_STREAM_H
#define VEDETTE_ENVELOPE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#define STREAM_HELD_MAX 64
#define STREAM_GAP_MS 120000 /* a carrier that polls once a minute may be overtaken by one that does not */

/* Where a message stands: incarnations rise, counters within one are 1, 2, … */
struct stream_place {
    uint64_t incarnation, counter;
};

/* The sender's side: where its last message stands; all zeros: it has sent none. */
struct stream_sender {
    struct stream_place last;
};
struct stream_place stream_next(struct stream_sender *, int64_t wall_ms);
/* This side was restored from an older copy, which does not know all the counters that were used: go on in a higher
 * incarnation. */
void stream_restored(struct stream_sender *, int64_t wall_ms);

/* The recipient's side; all zeros: nothing has come yet. */
struct stream {
    uint64_t incarnation;
    uint64_t next;    /* counter whose turn it is; 0: as 1 */
    uint64_t skipped; /* bit i: next - 1 - i was skipped and may still come */
};

/* A message that has come and was not yet dealt with. */
struct stream_held {
    struct stream_place place;
    int64_t since_ms; /* wall clock at which it came */
};

enum stream_step {
    STREAM_DEAL, /* with *ret_index, then call stream_dealt */
    STREAM_DROP, /* *ret_index: it repeats one that was dealt with, or is of an earlier incarnation */
    STREAM_WAIT, /* for the gap to close; look again when something came, at the latest after STREAM_GAP_MS */
};

/* What to do next with n held messages, in any order, of one stream. n 0: STREAM_WAIT. */
enum stream_step stream_choose(
    const struct stream *, const struct stream_held *, size_t n, int64_t wall_ms, size_t *ret_index);
/* It was dealt with. Returns how many before it were skipped thereby: to be logged. */
uint64_t stream_dealt(struct stream *, struct stream_place);

#endif
