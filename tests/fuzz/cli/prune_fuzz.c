/* Rules of pruning, what a pruner remembers, and what who proves backups does. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/prove/memory.h"
#include "cli/prune/memory.h"
#include "cli/prune/rules.h"
#include "lib/buf.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_memory(const char *text, size_t size)
{
    struct prune_memory memory, again;
    struct problem problem;
    struct buf written = { 0 };
    if (prune_memory_parse(text, size, &memory, &problem))
        return;
    if (prune_memory_text(&memory, &written) || prune_memory_parse(written.data, written.length, &again, &problem) ||
        again.n_condemned != memory.n_condemned || again.n_weighed != memory.n_weighed)
        __builtin_trap();
    prune_memory_free(&again);
    prune_memory_free(&memory);
    buf_free(&written);
}

static void read_proof(const char *text, size_t size)
{
    struct proof_memory memory, again;
    struct problem problem;
    struct buf written = { 0 };
    if (proof_memory_parse(text, size, &memory, &problem))
        return;
    if (proof_memory_text(&memory, &written) || proof_memory_parse(written.data, written.length, &again, &problem) ||
        again.n_bad != memory.n_bad || again.has_word != memory.has_word)
        __builtin_trap();
    proof_memory_free(&again);
    proof_memory_free(&memory);
    buf_free(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prune_rules rules;
    struct problem problem;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    read_memory(text, size);
    read_proof(text, size);
    if (!prune_rules_parse("rules", text, &rules, &problem)) {
        if (rules.retention.fulls < 3 || rules.retention.condemned_h < 72 || rules.retention.deleted_percent > 20)
            __builtin_trap();
        prune_rules_free(&rules);
    }
    free(text);
    return 0;
}
