/* The files of the state directory and the owner's policy, and the line from vedette-agent-carry. */
#include "tests/fuzz/fuzz.h"

#include "agent/counter.h"
#include "agent/outcome.h"
#include "agent/policy.h"
#include "agent/state.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct identity identity;
    struct outcome outcome;
    struct counter counter;
    struct policy policy;
    struct problem problem;
    char *text = fuzz_text(data, size);
    policy_parse("policy.conf", text, &policy, &problem);
    if (!counter_parse(text, size, &counter, &problem) && counter.next > COUNTER_MAX)
        __builtin_trap();
    if (!identity_parse(text, size, &identity, &problem) && (!identity.agent || !identity.beat_port))
        __builtin_trap();
    if (!outcome_parse(text, size, &outcome, &problem) && outcome.delivered && !*outcome.address)
        __builtin_trap();
    free(text);
    return 0;
}
