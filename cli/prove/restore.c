/* Files of a machine's newest backup, brought back and compared. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/prove/trial.h"
#include "cli/restore/needed.h"
#include "lib/clock.h"
#include "lib/problem.h"

static int find_newest(struct proof_look *look, struct problem *problem)
{
    const struct needed_reader reader = {
        .agent = look->agent,
        .latest_ms = clock_wall_ms() + PICK_AHEAD_MS,
        .trusts = proof_trusts,
        .tell = proof_find,
        .arg = look,
    };
    struct needed needed = { 0 };
    struct target *target = target_open(&look->proving->conf, &(struct target_manner){ 0 }, problem);
    int error = !target || needed_read(target, &reader, &needed, problem);
    target_close(target);
    if (!error)
        proof_note_newest(look, needed.newest, needed.newest_ms);
    needed_free(&needed);
    return error ? -1 : 0;
}

static void conclude(struct proof_look *look, const struct trial_result *result)
{
    struct proof_memory *memory = &look->memory;
    struct problem why;
    int64_t now_ms = clock_wall_ms();
    if (!result->proven) {
        problem_set(&why, "not-proven", "", "%s", result->reason);
        proof_find(look, memory->newest, &why);
    }
    if (*look->first)
        return; /* it was said */
    round_end(&memory->round, now_ms);
    memory->has_word = true;
    memory->word = (struct proof_word){ .proven = true,
        .time_ms = now_ms,
        .next_by_ms = round_next_by(&memory->round, look->proving->every_ms, now_ms),
        .files = result->files,
        .bytes = result->bytes };
    snprintf(memory->word.backup, BACKUP_BYTES, "%s", memory->newest);
}

static void say(const struct proof_look *look, const struct trial_result *result)
{
    if (look->proving->cli->options.json)
        printf("{\"agent\":%" PRIu32 ",\"proof\":\"restore\",\"backup\":\"%s\",\"proven\":%s,\"files\":%" PRIu32
               ",\"bytes\":%" PRIu64 "}\n",
            look->agent, look->memory.newest, *look->first ? "false" : "true", result->files, result->bytes);
    else
        printf("agent %" PRIu32 ": backup %s: %" PRIu32 " files with %" PRIu64 " bytes %s\n", look->agent,
            look->memory.newest, result->files, result->bytes,
            *look->first ? "were drawn, and it is NOT proven" : "were brought back and are right");
}

int proof_restore(struct proof_look *look, struct problem *problem)
{
    struct proof_memory *memory = &look->memory;
    struct trial_result result = { 0 };
    enum round_step step = round_due(&memory->round, look->proving->every_ms, clock_wall_ms());
    if (step == ROUND_REST || (look->until_ms && clock_mono_ms() >= look->until_ms))
        return 0;
    if (step == ROUND_BEGIN)
        round_begin(&memory->round, clock_wall_ms());
    if (find_newest(look, problem))
        return -1;
    if (!*memory->newest)
        return 0;
    if (trial_run(look, memory->newest, &result, problem))
        return -1;
    conclude(look, &result);
    say(look, &result);
    memory->n_bad = 0;
    return proof_state_write(&look->proving->state, look->agent, memory, problem);
}
