/* All bytes of a machine's repository, without a key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/prove/prove.h"
#include "cli/restore/check.h"
#include "lib/clock.h"
#include "lib/problem.h"

struct run {
    struct proof_look *look;
    uint64_t objects, bytes; /* of the round, before this run */
};

static bool again(void *arg, const char *name)
{
    const struct run *run = arg;
    return proof_memory_is_bad(&run->look->memory, name);
}

static bool trusts(void *arg, const char *signer)
{
    return proof_trusts(((struct run *)arg)->look, signer);
}

static void find(void *arg, const char *name, const struct problem *why)
{
    proof_find(((struct run *)arg)->look, name, why);
}

static void note(struct run *run, const struct checked *checked)
{
    struct proof_memory *memory = &run->look->memory;
    memcpy(memory->next, checked->next, SHA256_BYTES);
    memory->objects = run->objects + checked->objects;
    memory->bytes = run->bytes + checked->bytes;
}

/* What was wrong before and was not looked at again is still wrong. */
static void keep_all(struct proof_look *look)
{
    for (size_t i = 0; i < look->found.n_bad; i++)
        (void)proof_memory_bad(&look->memory, look->found.bad[i]);
}

static void come(void *arg, const struct checked *checked)
{
    struct run *run = arg;
    struct problem problem;
    note(run, checked);
    keep_all(run->look);
    if (proof_state_write(&run->look->proving->state, run->look->agent, &run->look->memory, &problem))
        fprintf(stderr, "vedette: backup prove: %s (%s)\n", problem.reason, problem.code);
}

/* Those of before stand first in the order of hashes: whoever came further has seen them again. */
static void settle(struct run *run, const struct checked *checked, const uint8_t from[SHA256_BYTES])
{
    struct proof_look *look = run->look;
    note(run, checked);
    if (!checked->to_the_end && !memcmp(checked->next, from, SHA256_BYTES)) {
        keep_all(look);
        return;
    }
    struct proof_memory before = { .n_bad = look->memory.n_bad, .bad = look->memory.bad };
    look->memory.n_bad = look->found.n_bad;
    look->memory.bad = look->found.bad;
    look->found = (struct proof_memory){ 0 };
    proof_memory_free(&before);
    if (checked->to_the_end)
        memset(look->memory.next, 0xff, SHA256_BYTES);
}

static void say_wrong(struct proof_look *look)
{
    struct proof_memory *memory = &look->memory;
    struct proof_word *word = &memory->word;
    if (!*look->first || !*word->backup)
        *word = (struct proof_word){ 0 };
    if (!*word->backup) /* else it stands there since the first was found */
        snprintf(word->backup, BACKUP_BYTES, "%s", memory->newest);
    word->time_ms = clock_wall_ms();
    snprintf(word->reason, PROOF_REASON_BYTES, "%zu are not as they were written: %.150s", memory->n_bad,
        *look->first ? look->first : proof_short(memory->bad[0]));
    memory->has_word = true;
}

static void say_right(struct proof_look *look)
{
    struct proof_memory *memory = &look->memory;
    int64_t now_ms = clock_wall_ms();
    round_end(&memory->round, now_ms);
    memory->has_word = true;
    memory->word = (struct proof_word){ .proven = true,
        .time_ms = now_ms,
        .next_by_ms = round_next_by(&memory->round, look->proving->every_ms, now_ms),
        .bytes = memory->bytes };
    snprintf(memory->word.backup, BACKUP_BYTES, "%s", memory->newest);
}

/* Of one thing alone that is wrong the server has heard. */
static void conclude(struct proof_look *look, const struct checked *checked)
{
    struct proof_memory *memory = &look->memory;
    if (memory->n_bad)
        memory->round.read = checked->to_the_end;
    if (memory->n_bad > 1 || (memory->n_bad && !*look->first))
        say_wrong(look);
    else if (!memory->n_bad && checked->to_the_end && *memory->newest)
        say_right(look);
}

static void say(const struct proof_look *look, const struct checked *checked)
{
    const struct proof_memory *memory = &look->memory;
    const char *what = memory->n_bad ? "NOT as it was written" : checked->to_the_end ? "as it was written" : "so far";
    if (look->proving->cli->options.json)
        printf("{\"agent\":%" PRIu32 ",\"proof\":\"bytes\",\"ended\":%s,\"bad\":%zu,\"backups\":%" PRIu64
               ",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n",
            look->agent, checked->to_the_end ? "true" : "false", memory->n_bad, checked->backups, memory->objects,
            memory->bytes);
    else
        printf("agent %" PRIu32 ": %s: %" PRIu64 " backups, %" PRIu64 " objects with %" PRIu64
               " bytes; %zu are wrong\n",
            look->agent, what, checked->backups, memory->objects, memory->bytes, memory->n_bad);
}

int proof_bytes(struct proof_look *look, struct problem *problem)
{
    struct proof_memory *memory = &look->memory;
    struct run run = { .look = look };
    struct checked checked;
    enum round_step step = round_due(&memory->round, look->proving->every_ms, clock_wall_ms());
    if (step == ROUND_REST)
        return 0;
    if (step == ROUND_BEGIN) {
        round_begin(&memory->round, clock_wall_ms());
        memset(memory->next, 0, SHA256_BYTES);
        memory->objects = memory->bytes = 0;
        proof_memory_free(memory);
    }
    run.objects = memory->objects;
    run.bytes = memory->bytes;
    struct check_job job = { .conf = &look->proving->conf,
        .agent = look->agent,
        .trusts = trusts,
        .tell = find,
        .again = again,
        .come = come,
        .arg = &run,
        .until_ms = look->until_ms };
    memcpy(job.from, memory->next, SHA256_BYTES);
    if (check_repository(&job, &checked, problem))
        return -1;
    proof_note_newest(look, checked.newest, checked.newest_ms);
    settle(&run, &checked, job.from);
    conclude(look, &checked);
    say(look, &checked);
    return proof_state_write(&look->proving->state, look->agent, memory, problem);
}
