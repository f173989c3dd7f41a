/* `vedette audit recover`: when audit refuses the log that it finds, and nothing better can be put back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/keep.h"
#include "cli/run.h"
#include "cli/succession.h"
#include "lib/config.h"
#include "lib/log_key.h"

#define JOURNAL "audit/journal"
#define ASIDE_MAX 1000

/* Not while audit runs: it holds this lock. */
static int lock_log(struct problem *problem)
{
    int fd = open("log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return problem_errno(problem, "file", "log", "cannot open the log");
    if (flock(fd, LOCK_EX | LOCK_NB))
        return problem_set(problem, "busy", "log", "audit is running: stop it first");
    return 0;
}

static int enter(const struct cli *cli, struct settings *settings, struct problem *problem)
{
    if (cli->options.url)
        return problem_set(problem, "local-only", "", "a log is recovered on the server's host, without --url");
    if (chdir(cli->options.state))
        return problem_errno(problem, "file", cli->options.state, "cannot enter %s", cli->options.state);
    return config_load("vedette.conf", NULL, 0, settings, problem) || lock_log(problem) ? -1 : 0;
}

/* The journal goes beside, and a new one begins where the trees end. */
static int set_journal_aside(struct problem *problem)
{
    struct stat status;
    char aside[64];
    unsigned i = 1;
    do
        snprintf(aside, sizeof(aside), JOURNAL ".%u", i);
    while (keep_has(aside) && ++i < ASIDE_MAX);
    if (stat("audit", &status))
        return problem_errno(problem, "file", "audit", "cannot find the folder of audit");
    const struct owner owner = { status.st_uid, status.st_gid };
    if (rename(JOURNAL, aside) && errno != ENOENT)
        return problem_errno(problem, "file", JOURNAL, "cannot keep the journal as %s", aside);
    return keep_directory(JOURNAL, 0700, &owner, problem) || keep_write(JOURNAL "/anew", "", 0600, &owner, problem) ? -1
                                                                                                                    : 0;
}

static void report(const struct succession *succession)
{
    printf("log/%s: had %llu entries as far as is known, has %llu. Its origin is %s/%u from now on.\n"
           "  The old tree stands in log/%s.%u; log/%s/succession.json says what happened, for you to sign.\n",
        class_words[succession->class], (unsigned long long)succession->known.size,
        (unsigned long long)succession->tree.size, succession->old_key.name, succession->generation + 1,
        class_words[succession->class], succession->generation, class_words[succession->class]);
    if (succession->known.size > succession->tree.size)
        printf("  Sequences from %llu on are used again: who follows the log goes on there by itself.\n",
            (unsigned long long)succession->tree.size);
}

static int recover(const struct settings *settings, const char *reason, bool without_journal, unsigned *ret_done,
    struct problem *problem)
{
    uint8_t seed[ED25519_SEED_BYTES];
    if (log_key_load(LOG_KEY_PATH, seed, problem))
        return -1;
    int error = 0;
    for (int class = 0; class < CLASS_COUNT && !error; class ++) {
        struct succession succession = {
            .class = (enum class) class,
            .deployment = settings->common.deployment,
            .second_place = settings->audit.second_place,
            .reason = reason,
            .seed = seed,
        };
        error = succession_look(&succession, problem);
        if (error || (!succession.due && !succession.unfinished && !without_journal))
            continue;
        error = succession.unfinished ? succession_finish(&succession, problem) : succession_make(&succession, problem);
        if (!error) {
            report(&succession);
            ++*ret_done;
        }
    }
    crypto_forget(seed, sizeof(seed));
    return error;
}

enum outcome run_recover(struct cli *cli, const struct command *command, const struct given *given)
{
    struct settings settings;
    struct problem problem;
    const char *reason = given_value(command, given, "--reason");
    bool without_journal = given_value(command, given, "--without-journal");
    unsigned done = 0;
    if (enter(cli, &settings, &problem) || recover(&settings, reason, without_journal, &done, &problem) ||
        (without_journal && set_journal_aside(&problem)))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    if (!done)
        printf("Nothing to recover: no class of the log contradicts what audit has signed for.\n");
    return OUTCOME_OK;
}
