/* `vedette witness run`: follows the log of a server from elsewhere, round by round. */
#include <string.h>
#include <time.h>

#include "cli/log/open.h"
#include "cli/run.h"
#include "cli/witness/witness.h"
#include "lib/log.h"

#define EVERY_LEAST_S 1
#define EVERY_MOST_S 60 /* the server keeps an offer for so long when the others have cosigned it */

/* Every class, whatever is wrong with one, unless nobody is there; the worst outcome. */
static enum outcome follow_all(struct witness *witness)
{
    enum outcome worst = OUTCOME_OK;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        enum outcome outcome = witness_follow(witness, (enum class) class);
        if (outcome == OUTCOME_FORK || worst == OUTCOME_OK)
            worst = outcome;
        if (outcome == OUTCOME_UNREACHABLE)
            break;
    }
    return worst;
}

static int read_keys(
    struct witness *witness, const struct command *command, const struct given *given, struct problem *problem)
{
    size_t index = argument_index(command, "--vkey");
    char path[PATH_MAX];
    for (size_t i = 0; i < given->n[index]; i++) {
        if (log_vkey(witness->cli, given->values[index][i], &witness->keys[witness->key_count++], problem))
            return -1;
    }
    if (cli_path(witness->cli, given_value(command, given, "--key"), path, problem) ||
        tlog_signer_load(path, &witness->signer, problem))
        return -1;
    if (witness->signer.vkey.algorithm != TLOG_COSIGNATURE)
        return problem_set(problem, "bad-key", "--key", "%.100s is not the key of a witness", path);
    return 0;
}

static int read_every(const struct command *command, const struct given *given, int64_t *ret_s, struct problem *problem)
{
    const char *every = given_value(command, given, "--every");
    if (duration_parse(every ? every : "15s", ret_s) || *ret_s < EVERY_LEAST_S || *ret_s > EVERY_MOST_S)
        return problem_set(
            problem, "usage", "--every", "--every is a duration from %d to %d seconds", EVERY_LEAST_S, EVERY_MOST_S);
    return 0;
}

static int check_usage(const struct cli *cli, struct problem *problem)
{
    if (!cli->options.url)
        return problem_set(problem, "usage", "--url", "a witness is not on the server's host: --url is needed");
    if (!strcmp(cli->options.state, STATE_DEFAULT) || !strcmp(cli->options.state, STATE_INSTALLED))
        return problem_set(problem, "usage", "--state", "--state is needed: the witness's own folder");
    return 0;
}

/* Killed at any moment it has lost nothing: there is nothing to do at the end. */
static enum outcome run(struct witness *witness, bool once, int64_t every_s)
{
    const struct timespec pause = { .tv_sec = every_s };
    for (;;) {
        enum outcome outcome = follow_all(witness);
        if (once)
            return outcome;
        nanosleep(&pause, NULL);
    }
}

enum outcome run_witness(struct cli *cli, const struct command *command, const struct given *given)
{
    struct witness witness = { .cli = cli, .pin_first = given_value(command, given, "--pin-first") };
    struct problem problem;
    char path[PATH_MAX];
    int64_t every_s;
    if (check_usage(cli, &problem) || read_every(command, given, &every_s, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    if (read_keys(&witness, command, given, &problem) || cli_path(cli, cli->options.state, path, &problem) ||
        witness_state_open(&witness.state, path, &problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    log_open("witness", LOG_LEVEL_INFO);
    enum outcome outcome = run(&witness, given_value(command, given, "--once"), every_s);
    witness_state_close(&witness.state);
    crypto_forget(&witness.signer, sizeof(witness.signer));
    return outcome;
}
