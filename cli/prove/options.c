/* What was asked for: a target, a memory, times, whose signatures count; for test restores a key, a folder, a sample's
 * size. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/prove/prove.h"
#include "cli/restore/open.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define EVERY_MOST_S (60 * 24 * 3600)
#define FILES 30 /* at 16 MiB of segment each, half a GiB is fetched at most, twice */
#define FILES_MAX 100000
#define BYTES (256u << 20) /* a small file system in memory has room for it */

static int read_number(const struct command *command, const struct given *given, const char *name, uint64_t most,
    uint64_t *ret, struct problem *problem)
{
    const char *text = given_value(command, given, name);
    char *end = NULL;
    if (!text)
        return 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*end || !number || number > most)
        return problem_set(problem, "usage", name, "%s is a number from 1 to %" PRIu64, name, most);
    *ret = number;
    return 0;
}

static int read_times(struct proving *proving, const struct given *given, struct problem *problem)
{
    const char *every = given_value(proving->command, given, "--every"),
               *time = given_value(proving->command, given, "--for");
    int64_t every_s, for_s = 0;
    if (duration_parse(every ? every : "7d", &every_s) || every_s < 1 || every_s > EVERY_MOST_S)
        return problem_set(problem, "usage", "--every", "--every is a duration of at most 60 days");
    if (time && (duration_parse(time, &for_s) || for_s < 1))
        return problem_set(problem, "usage", "--for", "--for is a duration");
    proving->every_ms = every_s * 1000;
    proving->until_ms = time ? clock_mono_ms() + for_s * 1000 : 0;
    return 0;
}

/* Target names are the owner's; what the server calls it must not be two. */
static int name_target(struct proving *proving, const struct given *given, struct problem *problem)
{
    const char *called = given_value(proving->command, given, "--called");
    bool by_name = given_value(proving->command, given, "--targets") != NULL;
    proving->tells = proving->cli->options.url != NULL;
    proving->target = called ? called : by_name ? proving->conf.name : "";
    return proving->tells && !*proving->target ? problem_set(problem, "usage", "--called",
                                                     "the server must be told how the target is called: --called NAME")
                                               : 0;
}

static int read_restores(struct proving *proving, const struct given *given, struct problem *problem)
{
    const struct command *command = proving->command;
    const char *key = given_value(command, given, "--key"), *into = given_value(command, given, "--into");
    uint64_t files = FILES, bytes = BYTES;
    char path[PATH_MAX];
    if (!key)
        return 0;
    if (!into)
        return problem_set(problem, "usage", "--into", "--key needs --into DIR, where files are brought back to");
    if (read_number(command, given, "--files", FILES_MAX, &files, problem) ||
        read_number(command, given, "--bytes", INT64_MAX, &bytes, problem) ||
        cli_path(proving->cli, into, proving->folder, problem) || cli_path(proving->cli, key, path, problem))
        return -1;
    proving->limits = (struct sample_limits){ (uint32_t)files, bytes };
    proving->key = envelope_key_load(path, problem);
    return proving->key ? 0 : -1;
}

static int read_rules(struct proving *proving, const struct given *given, struct problem *problem)
{
    const char *rules = given_value(proving->command, given, "--rules");
    char path[PATH_MAX];
    if (!rules)
        return 0;
    if (cli_path(proving->cli, rules, path, problem) || prune_rules_load(path, &proving->rules, problem))
        return -1;
    proving->has_rules = true;
    return 0;
}

static int open_memory(struct proving *proving, const struct given *given, struct problem *problem)
{
    char path[PATH_MAX];
    return cli_path(proving->cli, given_value(proving->command, given, "--memory"), path, problem) ||
                   proof_state_open(&proving->state, path, proving->key ? PROOF_RESTORE : PROOF_BYTES, problem)
               ? -1
               : 0;
}

int proving_open(struct proving *proving, const struct given *given, struct problem *problem)
{
    return read_times(proving, given, problem) ||
                   repository_conf(proving->cli, proving->command, given, &proving->conf, problem) ||
                   name_target(proving, given, problem) || read_restores(proving, given, problem) ||
                   read_rules(proving, given, problem) || open_memory(proving, given, problem)
               ? -1
               : 0;
}

void proving_close(struct proving *proving)
{
    proof_state_close(&proving->state);
    prune_rules_free(&proving->rules);
    envelope_key_free(proving->key);
}
