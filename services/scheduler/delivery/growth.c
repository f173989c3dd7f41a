#include "services/scheduler/delivery/growth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/tlog/receipt.h"
#include "services/scheduler/delivery/remembered.h"
#include "services/scheduler/scheduler.h"

#define DEADLINE_MS 10000
#define DUE_A_TICK 4       /* 345,600 agents a day */
#define RELEASED_A_TIME 256

static bool open_note(const char *note, size_t bytes, struct growth_shown *ret)
{
    struct tlog_note parsed;
    struct tlog_checkpoint checkpoint;
    if (tlog_note_parse(note, bytes, &parsed, NULL) ||
        tlog_checkpoint_parse(parsed.text, parsed.text_bytes, &checkpoint, NULL))
        return false;
    memcpy(ret->origin, checkpoint.origin, sizeof(ret->origin));
    ret->size = checkpoint.size;
    return true;
}

bool growth_of_receipt(const char *text, struct growth_shown *ret)
{
    struct tlog_receipt receipt;
    return text && !tlog_receipt_parse(text, strlen(text), &receipt, NULL) &&
           open_note(receipt.checkpoint, receipt.checkpoint_bytes, ret);
}

static int find(const struct growth *growth, const char *origin, uint64_t old_size, uint64_t size)
{
    for (int i = 0; i < GROWTH_PROOFS; i++) {
        if (growth->proofs[i].used_ms && growth->proofs[i].old_size == old_size && growth->proofs[i].size == size &&
            !strcmp(growth->proofs[i].origin, origin))
            return i;
    }
    return -1;
}

/* The one that was not used for longest; -1: all of them are asked for. */
static int oldest(const struct growth *growth)
{
    int found = -1;
    for (int i = 0; i < GROWTH_PROOFS; i++) {
        if (!growth->proofs[i].asked && (found < 0 || growth->proofs[i].used_ms < growth->proofs[found].used_ms))
            found = i;
    }
    return found;
}

struct question {
    struct scheduler *scheduler;
    int place;
};

static void answered(void *arg, const struct problem *refused, const void *in)
{
    struct question *question = arg;
    struct scheduler *scheduler = question->scheduler;
    struct growth *growth = &scheduler->growth;
    const struct call_log_consistency_reply *reply = in;
    growth->proofs[question->place].asked = false;
    if (!refused) {
        snprintf(growth->proofs[question->place].text, sizeof(growth->proofs[0].text), "%s",
            reply->consistency ? reply->consistency : "");
    } else {
        log_problem(LOG_LEVEL_WARNING, "consistency.not-proven", refused);
        growth->proofs[question->place].refused = !strcmp(refused->code, "too-large");
        if (!growth->proofs[question->place].refused) {
            growth->proofs[question->place].used_ms = 0;
            growth->away = true;
        }
    }
    if (!growth->away)
        deliveries_proved(scheduler->records, RELEASED_A_TIME);
    scheduler_look(scheduler);
    free(question);
}

static void ask(struct scheduler *scheduler, const char *origin, uint64_t old_size, uint64_t size)
{
    struct growth *growth = &scheduler->growth;
    int place = oldest(growth);
    struct question *question = place < 0 ? NULL : malloc(sizeof(*question));
    if (!question)
        return; /* those under way are answered soon, or the next tick comes here again */
    *question = (struct question){ scheduler, place };
    snprintf(growth->proofs[place].origin, sizeof(growth->proofs[place].origin), "%s", origin);
    growth->proofs[place].old_size = old_size;
    growth->proofs[place].size = size;
    growth->proofs[place].asked = true;
    growth->proofs[place].refused = false;
    growth->proofs[place].used_ms = clock_mono_ms();
    const struct call_log_consistency request = {
        .class = CLASS_OPS, .has_old_size = true, .old_size = old_size, .has_size = true, .size = size
    };
    ask_log_consistency(scheduler->program.bus, NULL, &request, DEADLINE_MS, answered, question);
}

enum growth_step growth_for(
    struct scheduler *scheduler, uint32_t agent, const struct growth_shown *shown, const char **ret_consistency)
{
    struct growth *growth = &scheduler->growth;
    struct remembered remembered;
    *ret_consistency = NULL;
    /* Of another log it knows nothing yet, and of this tree all. */
    if (!remembered_get(scheduler->records, agent, &remembered) || strcmp(remembered.origin, shown->origin) ||
        remembered.size == shown->size)
        return GROWTH_GO;
    uint64_t old_size = remembered.size < shown->size ? remembered.size : shown->size;
    uint64_t size = remembered.size < shown->size ? shown->size : remembered.size;
    int place = find(growth, shown->origin, old_size, size);
    if (place < 0)
        ask(scheduler, shown->origin, old_size, size);
    if (place < 0 || growth->proofs[place].asked)
        return GROWTH_WAIT;
    growth->proofs[place].used_ms = clock_mono_ms();
    if (!growth->proofs[place].refused)
        *ret_consistency = growth->proofs[place].text;
    return GROWTH_GO;
}

static void newest_came(void *arg, const struct problem *refused, const void *in)
{
    struct scheduler *scheduler = arg;
    struct growth *growth = &scheduler->growth;
    const struct call_log_consistency_reply *reply = in;
    char *copy = !refused && reply->cosigned_checkpoint ? strdup(reply->cosigned_checkpoint) : NULL;
    growth->asked_newest = false;
    if (!copy || !open_note(copy, strlen(copy), &growth->newest_shown)) {
        free(copy);
        growth->away = true;
        return;
    }
    free(growth->newest);
    growth->newest = copy;
    growth->newest_ms = clock_mono_ms();
    deliveries_proved(scheduler->records, RELEASED_A_TIME);
    scheduler_look(scheduler);
}

enum growth_step growth_newest(struct scheduler *scheduler, const char **ret, struct growth_shown *ret_shown)
{
    struct growth *growth = &scheduler->growth;
    const struct call_log_consistency request = { .class = CLASS_OPS };
    *ret = growth->newest;
    *ret_shown = growth->newest_shown;
    if (growth->newest && clock_mono_ms() - growth->newest_ms < GROWTH_NEWEST_MS)
        return GROWTH_GO;
    if (!growth->asked_newest)
        ask_log_consistency(scheduler->program.bus, NULL, &request, DEADLINE_MS, newest_came, scheduler);
    growth->asked_newest = true;
    return GROWTH_WAIT;
}

void growth_tick(struct scheduler *scheduler)
{
    uint32_t agents[DUE_A_TICK];
    size_t n = remembered_due(scheduler->records, clock_wall_ms(), agents, DUE_A_TICK);
    for (size_t i = 0; i < n; i++)
        deliveries_checkpoint(scheduler->records, agents[i]);
    scheduler->growth.away = false;
    deliveries_proved(scheduler->records, RELEASED_A_TIME);
}

void growth_close(struct growth *growth)
{
    free(growth->newest);
}
