#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/prove/prove.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define DEADLINE_MS 30000

static void nothing(void *arg, const void *reply)
{
    (void)arg;
    (void)reply;
}

static json_t *fields_of(const struct proof_look *look)
{
    const struct proof_word *word = &look->memory.word;
    char time[RFC3339_BYTES], next_by[RFC3339_BYTES];
    clock_rfc3339(time, word->time_ms);
    clock_rfc3339(next_by, word->next_by_ms);
    enum proof proof = look->proving->state.proof;
    json_t *fields = json_pack("{sI ss ss sb ss sI ss}", "agent", (json_int_t)look->agent, "backup", word->backup,
        "proof", proof_words[proof], "proven", (int)word->proven, "time", time, "bytes", (json_int_t)word->bytes,
        "backup_target", look->proving->target);
    if (fields && proof == PROOF_RESTORE)
        json_object_set_new(fields, "files", json_integer((json_int_t)word->files));
    if (fields && *word->reason)
        json_object_set_new(fields, "reason", json_string(word->reason));
    if (fields && word->next_by_ms)
        json_object_set_new(fields, "next_by", json_string(next_by));
    return fields;
}

/* It would say the same the next time: the machine was retired, or somebody has told it something newer. */
static bool is_final(const struct problem *problem)
{
    return !strcmp(problem->code, "not-found") || !strcmp(problem->code, "outdated");
}

int proof_tell(struct proof_look *look, struct problem *problem)
{
    struct proof_memory *memory = &look->memory;
    struct problem why = { 0 };
    if (!memory->has_word)
        return 0;
    if (look->proving->tells) {
        json_t *fields = fields_of(look);
        enum outcome outcome =
            fields ? ask(look->proving->cli, CALL_PROOF_REPORT, fields, DEADLINE_MS, nothing, NULL, &why)
                   : (enum outcome)(problem_set(&why, "no-memory", "", "no memory for a report"), OUTCOME_REFUSED);
        json_decref(fields);
        if (outcome != OUTCOME_OK && (outcome == OUTCOME_UNREACHABLE || !is_final(&why))) {
            *problem = why;
            return -1;
        }
        if (outcome != OUTCOME_OK)
            fprintf(stderr, "vedette: backup prove: agent %u: the server does not want to know: %s (%s)\n", look->agent,
                why.reason, why.code);
    }
    memory->has_word = false;
    return proof_state_write(&look->proving->state, look->agent, memory, problem);
}
