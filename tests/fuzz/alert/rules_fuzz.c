/* Any order of observations and times: an alert is opened only when closed, resolved only when open, and what is judged
 * twice at the same moment changes nothing. */
#include "tests/fuzz/fuzz.h"

#include "services/alert/rules.h"

#define AGENTS 8
#define SITES 2

static bool open_now[KIND_COUNT][AGENTS];

static void judge(struct rules *rules, int64_t mono_ms)
{
    static struct changes changes;
    if (rules_judge(rules, mono_ms, &changes))
        abort();
    for (size_t i = 0; i < changes.n; i++) {
        const struct change *change = &changes.items[i];
        unsigned index = change->agent ? change->agent - 1 : (unsigned)(change->place->site[0] - 'a');
        if (open_now[change->kind][index] == change->opened)
            abort();
        open_now[change->kind][index] = change->opened;
    }
    if (rules_judge(rules, mono_ms, &changes) || changes.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const sites[SITES] = { "a", "b" };
    struct rules rules;
    struct instant now = { 1000000000, 1000000000 };
    rules_open(&rules, 45, 30);
    memset(open_now, 0, sizeof(open_now));
    for (; size >= 4; data += 4, size -= 4) {
        const struct observation seen = {
            .what = data[0] % 5,
            .agent = data[1] % AGENTS + 1u,
            .state = data[2] % STATE_COUNT,
            .time_ms = now.wall_ms - data[3] * 1000,
            .tenant = "t",
            .site = data[0] % 5 == OBSERVED_STATE ? NULL : sites[data[2] % SITES],
        };
        now.mono_ms += data[3] * 100;
        now.wall_ms += data[0] & 0x80 ? -data[3] * 1000 : data[3] * 100;
        if (rules_observe(&rules, &seen, &now))
            abort();
        if (data[2] & 0x80)
            rules_limit(&rules, "t", data[3] + 45u);
        judge(&rules, now.mono_ms);
    }
    rules_free(&rules);
    return 0;
}
