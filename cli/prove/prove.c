/*
 * `vedette backup prove`: beside the target, or where a key is; by a timer. Trusted with reading the target, with a
 * token that can report and nothing else, and, for test restores, with a key that opens backups.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/prove/prove.h"
#include "cli/run.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/catalogue.h"
#include "lib/repository/server_sets.h"
#include "lib/target/target.h"

static enum outcome fail(const struct proving *proving, uint32_t agent, const struct problem *problem)
{
    fprintf(stderr, "vedette: %s: agent %" PRIu32 ": %s (%s)\n", proving->command->words, agent, problem->reason,
        problem->code);
    return OUTCOME_UNREACHABLE;
}

/* What is not right is told by the outcome, too; what could not be looked at or told is worse, for then nobody knows.
 */
static enum outcome look_at(struct proving *proving, uint32_t agent, int64_t until_ms)
{
    struct proof_look look = { .proving = proving, .agent = agent, .until_ms = until_ms };
    struct problem problem;
    if (proof_state_read(&proving->state, agent, &look.memory, &problem))
        return fail(proving, agent, &problem);
    int error = proving->key ? proof_restore(&look, &problem) : proof_bytes(&look, &problem);
    bool wrong = *look.first || look.memory.n_bad;
    enum outcome outcome = error ? fail(proving, agent, &problem) : wrong ? OUTCOME_REFUSED : OUTCOME_OK;
    if (proof_tell(&look, &problem)) {
        (void)proof_state_write(&proving->state, agent, &look.memory, NULL);
        outcome = fail(proving, agent, &problem);
    }
    proof_memory_free(&look.memory);
    proof_memory_free(&look.found);
    return outcome;
}

/* What the server could not be told when it was found out comes first. That it cannot be told yet is said when its turn
 * comes. */
static int tell_one(void *arg, uint32_t agent)
{
    struct proof_look look = { .proving = arg, .agent = agent };
    struct problem problem;
    if (!proof_state_read(&look.proving->state, agent, &look.memory, &problem))
        (void)proof_tell(&look, &problem);
    proof_memory_free(&look.memory);
    return 0;
}

struct candidate {
    uint32_t agent;
    bool under_way;
    int64_t before_ms;
};

struct candidates {
    struct proving *proving;
    const struct given *given;
    size_t n, room;
    struct candidate *all;
};

static bool is_wanted(const struct command *command, const struct given *given, uint32_t agent)
{
    size_t which = argument_index(command, "--agent");
    bool found = !given->n[which];
    for (size_t i = 0; i < given->n[which]; i++)
        found |= strtoul(given->values[which][i], NULL, 10) == agent;
    return found && agent < server_set_number(0);
}

static int add(void *arg, uint32_t agent)
{
    struct candidates *candidates = arg;
    if (!is_wanted(candidates->proving->command, candidates->given, agent))
        return 0;
    if (candidates->n == candidates->room) {
        size_t room = candidates->room ? 2 * candidates->room : 64;
        struct candidate *all = realloc(candidates->all, room * sizeof(*all));
        if (!all)
            return -1;
        candidates->all = all;
        candidates->room = room;
    }
    candidates->all[candidates->n++] = (struct candidate){ .agent = agent };
    return 0;
}

static int by_agent(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    return (one->agent > other->agent) - (one->agent < other->agent);
}

/* Who waits longest first; what is so large that it was not finished takes what time the others leave. */
static int by_turn(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    if (one->under_way != other->under_way)
        return one->under_way - other->under_way;
    return (one->before_ms > other->before_ms) - (one->before_ms < other->before_ms);
}

/* Each once, in the order of their turns. A memory that cannot be read is told by whoever looks at that machine. */
static void order(struct candidates *candidates)
{
    size_t n = 0;
    if (candidates->n)
        qsort(candidates->all, candidates->n, sizeof(*candidates->all), by_agent);
    for (size_t i = 0; i < candidates->n; i++) {
        struct candidate one = candidates->all[i];
        struct proof_memory memory;
        if (n && candidates->all[n - 1].agent == one.agent)
            continue;
        if (!proof_state_read(&candidates->proving->state, one.agent, &memory, NULL)) {
            one.under_way = memory.round.began_ms != 0;
            one.before_ms = memory.round.before_ms;
            proof_memory_free(&memory);
        }
        candidates->all[n++] = one;
    }
    candidates->n = n;
    if (n)
        qsort(candidates->all, n, sizeof(*candidates->all), by_turn);
}

/* Who has something there, and who had: that all of it is gone must not pass unseen. */
static int find_candidates(struct candidates *candidates, struct problem *problem)
{
    const struct proving *proving = candidates->proving;
    uint32_t *agents = NULL;
    size_t count = 0;
    int64_t newest_s;
    struct target *target = target_open(&proving->conf, &(struct target_manner){ 0 }, problem);
    int error = !target || catalogue_agents(target, &agents, &count, &newest_s, problem) ||
                proof_state_each(&proving->state, add, candidates, problem);
    target_close(target);
    for (size_t i = 0; i < count && !error; i++) {
        if (add(candidates, agents[i]))
            error = problem_set(problem, "no-memory", "", "no memory for so many machines");
    }
    free(agents);
    if (!error)
        order(candidates);
    return error ? -1 : 0;
}

/* Of n that are to come each has its share of the time that is left. A test restore that was begun is not broken off:
 * for one that is not there is no time any more. */
static int64_t share_ms(const struct proving *proving, size_t n)
{
    int64_t now_ms = clock_mono_ms();
    if (!proving->until_ms || proving->key)
        return proving->until_ms;
    return now_ms + (proving->until_ms > now_ms ? (proving->until_ms - now_ms) / (int64_t)n : 1);
}

static enum outcome look_at_all(struct proving *proving, const struct candidate *all, size_t n)
{
    enum outcome worst = OUTCOME_OK;
    for (size_t i = 0; i < n; i++) {
        enum outcome outcome = look_at(proving, all[i].agent, share_ms(proving, n - i));
        worst = outcome > worst ? outcome : worst;
    }
    return worst;
}

static enum outcome prove(struct proving *proving, const struct given *given)
{
    struct candidates candidates = { .proving = proving, .given = given };
    struct problem problem;
    enum outcome outcome;
    if (proof_state_each(&proving->state, tell_one, proving, &problem) || find_candidates(&candidates, &problem))
        outcome = cli_fail(proving->command, OUTCOME_UNREACHABLE, &problem);
    else
        outcome = look_at_all(proving, candidates.all, candidates.n);
    free(candidates.all);
    return outcome;
}

enum outcome run_backup_prove(struct cli *cli, const struct command *command, const struct given *given)
{
    struct proving proving = { .cli = cli, .command = command, .state.lock = -1 };
    struct problem problem;
    enum outcome outcome =
        proving_open(&proving, given, &problem)
            ? cli_fail(command, !strcmp(problem.code, "usage") ? OUTCOME_USAGE : OUTCOME_REFUSED, &problem)
            : prove(&proving, given);
    proving_close(&proving);
    return outcome;
}
