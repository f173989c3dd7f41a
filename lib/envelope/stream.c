#include "lib/envelope/stream.h"

#include <stdbool.h>

struct stream_place stream_next(struct stream_sender *sender, int64_t wall_ms)
{
    if (!sender->last.incarnation)
        stream_restored(sender, wall_ms);
    sender->last.counter++;
    return sender->last;
}

void stream_restored(struct stream_sender *sender, int64_t wall_ms)
{
    /* The clock is ahead of every copy that was ever made, but may have been put back since. */
    uint64_t incarnation = sender->last.incarnation + 1;
    if (wall_ms > 0 && (uint64_t)wall_ms > incarnation)
        incarnation = (uint64_t)wall_ms;
    sender->last = (struct stream_place){ incarnation, 0 };
}

static uint64_t turn(const struct stream *stream)
{
    return stream->next ? stream->next : 1;
}

static bool was_skipped(const struct stream *stream, uint64_t counter)
{
    uint64_t behind = turn(stream) - 1 - counter;
    return behind < 64 && stream->skipped >> behind & 1;
}

static bool is_before(struct stream_place a, struct stream_place b)
{
    return a.incarnation != b.incarnation ? a.incarnation < b.incarnation : a.counter < b.counter;
}

/* Whether one that has come need not wait for others. *ret_step: what to do with it then. */
static bool is_settled(const struct stream *stream, struct stream_place place, enum stream_step *ret_step)
{
    if (place.incarnation > stream->incarnation ||
        (place.incarnation == stream->incarnation && place.counter >= turn(stream)))
        return false;
    bool wanted = place.incarnation == stream->incarnation && was_skipped(stream, place.counter);
    *ret_step = wanted ? STREAM_DEAL : STREAM_DROP;
    return true;
}

enum stream_step stream_choose(
    const struct stream *stream, const struct stream_held *held, size_t n, int64_t wall_ms, size_t *ret_index)
{
    enum stream_step step;
    int64_t oldest_ms = INT64_MAX;
    uint64_t newest = 0;
    size_t first = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_settled(stream, held[i].place, &step)) {
            *ret_index = i;
            return step;
        }
        if (is_before(held[i].place, held[first].place))
            first = i;
        if (held[i].since_ms < oldest_ms)
            oldest_ms = held[i].since_ms;
        if (held[i].place.incarnation > newest)
            newest = held[i].place.incarnation;
    }
    if (!n)
        return STREAM_WAIT;
    struct stream_place place = held[first].place;
    uint64_t expected = place.incarnation == stream->incarnation ? turn(stream) : 1;
    /* A sender that begins anew sends nothing more of what was before. A clock that was put back must not hold up. */
    bool hopeless = place.incarnation < newest || n > STREAM_HELD_MAX || wall_ms < oldest_ms ||
                    wall_ms - oldest_ms >= STREAM_GAP_MS;
    *ret_index = first;
    return place.counter == expected || hopeless ? STREAM_DEAL : STREAM_WAIT;
}

uint64_t stream_dealt(struct stream *stream, struct stream_place place)
{
    if (place.incarnation > stream->incarnation)
        *stream = (struct stream){ .incarnation = place.incarnation };
    uint64_t next = turn(stream);
    if (place.counter < next) {
        stream->skipped &= ~(UINT64_C(1) << (next - 1 - place.counter));
        return 0;
    }
    /* Behind the new next: this one, dealt with; then those between, skipped; then what was there before. */
    uint64_t between = place.counter - next;
    stream->skipped = between < 64 ? (stream->skipped << between | ((UINT64_C(1) << between) - 1)) << 1 : ~UINT64_C(1);
    stream->next = place.counter + 1;
    return between;
}
