/* What both ways of looking have in common. */
#include <stdio.h>
#include <string.h>

#include "cli/prove/prove.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/name.h"

static bool is_named(const struct proving *proving, uint32_t agent)
{
    for (size_t i = 0; i < proving->rules.n_marks; i++) {
        if (proving->rules.marks[i].kind == PRUNE_SIGNER && proving->rules.marks[i].agent == agent)
            return true;
    }
    return false;
}

bool proof_trusts(void *arg, const char *signer)
{
    struct proof_look *look = arg;
    char *first = look->memory.signer;
    if (look->proving->has_rules && is_named(look->proving, look->agent))
        return prune_rules_signer(&look->proving->rules, look->agent, signer);
    if (!*first)
        snprintf(first, sizeof(look->memory.signer), "%s", signer);
    return !strcmp(first, signer);
}

const char *proof_short(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* The word on it so far. Of a repository in which no commit is good the backup is the one whose commit is not. */
static void say_bad(struct proof_look *look, const char *name)
{
    struct proof_memory *memory = &look->memory;
    struct object_name bad;
    char backup[BACKUP_BYTES] = "00000000000000000000000000000000";
    if (*memory->newest)
        memcpy(backup, memory->newest, BACKUP_BYTES);
    else if (!name_parse(name, &bad) && (bad.object == OBJECT_COMMIT || bad.object == OBJECT_MANIFEST))
        memcpy(backup, bad.backup, BACKUP_BYTES);
    memory->has_word = true;
    memory->word = (struct proof_word){ .time_ms = clock_wall_ms() };
    memcpy(memory->word.backup, backup, BACKUP_BYTES);
    snprintf(memory->word.reason, PROOF_REASON_BYTES, "%s", look->first);
}

void proof_find(void *arg, const char *name, const struct problem *why)
{
    struct proof_look *look = arg;
    struct problem problem;
    fprintf(stderr, "vedette: backup prove: %s: %s (%s)\n", name, why->reason, why->code);
    (void)proof_memory_bad(&look->found, name);
    if (*look->first)
        return;
    snprintf(look->first, sizeof(look->first), "%.48s: %.140s", proof_short(name), why->reason);
    say_bad(look, name);
    if (proof_tell(look, &problem))
        fprintf(stderr, "vedette: backup prove: the server was not told yet: %s (%s)\n", problem.reason, problem.code);
}

void proof_note_newest(struct proof_look *look, const char *newest, int64_t newest_ms)
{
    struct proof_memory *memory = &look->memory;
    struct problem why;
    if (*memory->newest && (!*newest || newest_ms < memory->newest_ms)) {
        problem_set(&why, "gone", "", "it was the newest backup, and there is none as new any more");
        proof_find(look, memory->newest, &why);
        return;
    }
    snprintf(memory->newest, sizeof(memory->newest), "%s", newest);
    memory->newest_ms = newest_ms;
}
