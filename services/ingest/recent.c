#include "services/ingest/recent.h"

#include <errno.h>
#include <string.h>

#define AHEAD 16 /* beats whose agent's memory is on its way */

static struct checksum sum_of(const struct recent_frame *frame, const void *beats)
{
    struct checksum sum = checksum_add(CHECKSUM_BEGIN, frame, offsetof(struct recent_frame, sum));
    return checksum_add(sum, beats, frame->beats * sizeof(struct recent_beat));
}

void recent_write(struct recent *recent, uint64_t tick)
{
    struct recent_frame *frame = &recent->batch.frame;
    size_t bytes = sizeof(*frame) + recent->batched * sizeof(struct recent_beat);
    if (!recent->batched)
        return;
    *frame = (struct recent_frame){ recent->generation, recent->position, tick, recent->batched, { 0 } };
    frame->sum = sum_of(frame, recent->batch.beats);
    recent->batched = 0;
    int error = 0;
    if (recent->position + bytes > recent->most_bytes)
        error = EFBIG;
    else if (pair_write(&recent->files, recent->generation, frame, bytes, recent->position))
        error = errno;
    if (error) {
        recent->unwritten += frame->beats;
        recent->error = recent->error ? recent->error : error;
        return;
    }
    recent->position += bytes;
}

void recent_next(struct recent *recent)
{
    recent->generation++;
    recent->position = 0;
    recent->error = 0;
}

/* Whether a whole frame begins there; its header is copied, as nothing aligns it. */
static bool whole(const uint8_t *bytes, size_t size, uint64_t at, uint64_t generation, struct recent_frame *ret)
{
    if (size - at < sizeof(*ret))
        return false;
    memcpy(ret, bytes + at, sizeof(*ret));
    return ret->generation == generation && ret->position == at && ret->beats && ret->beats <= RECENT_BATCH &&
           ret->beats * sizeof(struct recent_beat) <= size - at - sizeof(*ret) &&
           checksum_same(ret->sum, sum_of(ret, bytes + at + sizeof(*ret)));
}

static void replay_frame(const struct recent_frame *frame, const uint8_t *beats, struct hot *hot)
{
    struct recent_beat beat;
    for (uint64_t i = 0; i < frame->beats; i++) {
        if (i + AHEAD < frame->beats) {
            memcpy(&beat, beats + (i + AHEAD) * sizeof(beat), sizeof(beat));
            __builtin_prefetch(&hot->pulse[beat.agent <= hot->highest ? beat.agent : 0], 1);
        }
        memcpy(&beat, beats + i * sizeof(beat), sizeof(beat));
        if (!beat.agent || beat.agent > hot->highest || beat.counter < hot->pulse[beat.agent].counter)
            continue;
        /* The same counter as in the snapshot, whose `seen` may have been read before this beat set it. */
        hot->pulse[beat.agent].counter = beat.counter;
        hot->pulse[beat.agent].seen = (uint16_t)frame->tick;
    }
}

uint64_t recent_replay(const uint8_t *bytes, size_t size, uint64_t generation, struct hot *hot)
{
    struct recent_frame frame;
    uint64_t at = 0;
    while (whole(bytes, size, at, generation, &frame)) {
        replay_frame(&frame, bytes + at + sizeof(frame), hot);
        at += sizeof(frame) + frame.beats * sizeof(struct recent_beat);
    }
    return at;
}

static uint64_t replay_file(const struct recent *recent, uint64_t generation, struct hot *hot)
{
    size_t size;
    const uint8_t *bytes = pair_map(&recent->files, generation, &size);
    if (!bytes)
        return 0;
    uint64_t end = recent_replay(bytes, size, generation, hot);
    pair_unmap(bytes, size);
    return end;
}

void recent_restore(struct recent *recent, uint64_t snapshot, struct hot *hot)
{
    recent->generation = snapshot;
    recent->position = replay_file(recent, snapshot, hot);
    /* There if we ended while the next snapshot was being written. */
    uint64_t next = replay_file(recent, snapshot + 1, hot);
    if (next) {
        recent->generation = snapshot + 1;
        recent->position = next;
    }
}
