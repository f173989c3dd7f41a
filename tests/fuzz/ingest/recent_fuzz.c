/* Any bytes as a file of recent beats. The first byte says how many frames, from the front, get their checksum put
 * right. */
#include "tests/fuzz/fuzz.h"

#include "services/ingest/memory/recent.h"

#define AGENTS 40
#define GENERATION 3

static void put_right(uint8_t *bytes, size_t size, unsigned frames)
{
    struct recent_frame frame;
    for (size_t at = 0, body; frames-- && size - at >= sizeof(frame); at += body) {
        memcpy(&frame, bytes + at, sizeof(frame));
        frame.generation = GENERATION;
        frame.position = at;
        at += sizeof(frame);
        frame.beats %= (size - at) / sizeof(struct recent_beat) + 1;
        body = frame.beats * sizeof(struct recent_beat);
        frame.changes %= (size - at - body) / sizeof(struct recent_change) + 1;
        body += frame.changes * sizeof(struct recent_change);
        frame.sum = checksum_add(CHECKSUM_BEGIN, &frame, offsetof(struct recent_frame, sum));
        frame.sum = checksum_add(frame.sum, bytes + at, body);
        memcpy(bytes + at - sizeof(frame), &frame, sizeof(frame));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pulse pulses[AGENTS + 1] = { 0 };
    struct cold cold[AGENTS + 1] = { 0 };
    uint8_t dirty[AGENTS / BLOCK_AGENTS + 1] = { 0 };
    struct hot hot = { .highest = AGENTS, .pulse = pulses, .cold = cold, .dirty_cold = dirty };
    if (!size)
        return 0;
    uint8_t *bytes = malloc(size);
    memcpy(bytes, data + 1, size - 1);
    put_right(bytes, size - 1, data[0]);
    for (uint32_t agent = 0; agent <= AGENTS; agent++)
        pulses[agent].counter = agent;
    if (recent_replay(bytes, size - 1, GENERATION, &hot) > size - 1 || pulses[0].counter || cold[0].since_ms)
        abort();
    for (uint32_t agent = 0; agent <= AGENTS; agent++)
        if (pulses[agent].counter < agent)
            abort();
    free(bytes);
    return 0;
}
