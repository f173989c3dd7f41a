#include "services/ingest/mail/instances.h"

#include <string.h>

#define TOGETHER_MS 600000

bool instances_heard(
    struct instances *instances, uint32_t agent, const uint8_t instance[INSTANCE_BYTES], int64_t mono_ms)
{
    typeof(instances->slots[0]) *slot = &instances->slots[agent % INSTANCE_SLOTS];
    if (slot->agent != agent) {
        memset(slot, 0, sizeof(*slot));
        slot->agent = agent;
    }
    bool returned = slot->before_heard_ms && mono_ms - slot->before_heard_ms <= TOGETHER_MS &&
                    !memcmp(slot->before, instance, INSTANCE_BYTES);
    if (slot->before_heard_ms && mono_ms - slot->before_heard_ms > TOGETHER_MS)
        slot->cloned = false;
    if (!slot->now_heard_ms || memcmp(slot->now, instance, INSTANCE_BYTES)) {
        memcpy(slot->before, slot->now, INSTANCE_BYTES);
        slot->before_heard_ms = slot->now_heard_ms;
        memcpy(slot->now, instance, INSTANCE_BYTES);
    }
    slot->now_heard_ms = mono_ms;
    return returned && !slot->cloned;
}

void instances_told(struct instances *instances, uint32_t agent)
{
    typeof(instances->slots[0]) *slot = &instances->slots[agent % INSTANCE_SLOTS];
    if (slot->agent == agent)
        slot->cloned = true;
}
