#include "services/ingest/memory/recent.h"

#include <errno.h>
#include <string.h>

#include "services/ingest/presence/presence.h"

#define AHEAD 16 /* beats whose agent's memory is on its way */

static size_t body_bytes(const struct recent_frame *frame)
{
    return frame->beats * sizeof(struct recent_beat) + frame->changes * sizeof(struct recent_change);
}

static struct checksum sum_of(const struct recent_frame *frame, const void *body)
{
    struct checksum sum = checksum_add(CHECKSUM_BEGIN, frame, offsetof(struct recent_frame, sum));
    return checksum_add(sum, body, body_bytes(frame));
}

void recent_changed(struct recent *recent, uint32_t agent)
{
    if (recent->changes && recent->changed[recent->changes - 1] == agent)
        return;
    if (recent->changes == RECENT_BATCH)
        recent_write(recent, (uint64_t)recent->hot->clock->now_ms / TICK_MS);
    recent->changed[recent->changes++] = agent;
}

static void add_changes(struct recent *recent)
{
    char *to = recent->batch.body + recent->beats * sizeof(struct recent_beat);
    for (uint32_t i = 0; i < recent->changes; i++) {
        const struct recent_change change = { recent->changed[i], recent->hot->cold[recent->changed[i]] };
        memcpy(to + i * sizeof(change), &change, sizeof(change));
    }
}

void recent_write(struct recent *recent, uint64_t tick)
{
    struct recent_frame *frame = &recent->batch.frame;
    if (!recent->beats && !recent->changes)
        return;
    add_changes(recent);
    *frame = (struct recent_frame){ recent->generation, recent->position, tick, recent->beats, recent->changes, { 0 } };
    frame->sum = sum_of(frame, recent->batch.body);
    recent->beats = recent->changes = 0;
    size_t bytes = sizeof(*frame) + body_bytes(frame);
    int error = 0;
    if (recent->position + bytes > recent->most_bytes)
        error = EFBIG;
    else if (pair_write(&recent->files, recent->generation, frame, bytes, recent->position))
        error = errno;
    if (error) {
        recent->unwritten += frame->beats + frame->changes;
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
    return ret->generation == generation && ret->position == at && ret->beats <= RECENT_BATCH &&
           ret->changes <= RECENT_BATCH && ret->beats + ret->changes && body_bytes(ret) <= size - at - sizeof(*ret) &&
           checksum_same(ret->sum, sum_of(ret, bytes + at + sizeof(*ret)));
}

static void replay_beats(const struct recent_frame *frame, const uint8_t *beats, struct hot *hot)
{
    struct recent_beat beat;
    for (uint32_t i = 0; i < frame->beats; i++) {
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

static void replay_changes(const struct recent_frame *frame, const uint8_t *changes, struct hot *hot)
{
    struct recent_change change;
    for (uint32_t i = 0; i < frame->changes; i++) {
        memcpy(&change, changes + i * sizeof(change), sizeof(change));
        if (!change.agent || change.agent > hot->highest)
            continue;
        uint8_t known = hot->pulse[change.agent].state;
        hot->cold[change.agent] = change.cold;
        hot_state_set(hot, change.agent,
            presence_registered(
                change.cold.state, presence_truth(known) == STATE_RETIRED, known & PRESENCE_MAINTENANCE));
        hot_changed(hot, change.agent);
    }
}

uint64_t recent_replay(const uint8_t *bytes, size_t size, uint64_t generation, struct hot *hot)
{
    struct recent_frame frame;
    uint64_t at = 0;
    while (whole(bytes, size, at, generation, &frame)) {
        const uint8_t *body = bytes + at + sizeof(frame);
        replay_beats(&frame, body, hot);
        replay_changes(&frame, body + frame.beats * sizeof(struct recent_beat), hot);
        at += sizeof(frame) + body_bytes(&frame);
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
