#include "cli/log_open.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "lib/files.h"
#include "lib/message.h"

int log_path(const struct cli *cli, const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char inside[PATH_MAX];
    if (word_index(class_words, name) < 0)
        return cli_path(cli, name, ret, problem);
    int length = snprintf(inside, sizeof(inside), "%s/log/%s", cli->options.state, name);
    if (length >= (int)sizeof(inside))
        return problem_set(problem, "file", "--state", "the path of the state directory is too long");
    return cli_path(cli, inside, ret, problem);
}

/* A key as it is written, or the file it stands in. */
static int read_vkey(const struct cli *cli, const char *given, struct tlog_vkey *ret, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    if (strchr(given, '+'))
        return tlog_vkey_parse(given, ret, problem);
    if (cli_path(cli, given, path, problem) || file_read(path, TLOG_VKEY_BYTES, &text, &bytes, problem))
        return -1;
    int error = tlog_vkey_parse(text, ret, problem);
    free(text);
    return error;
}

static int read_witnesses(const struct cli *cli, const struct command *command, const struct given *given,
    struct tlog_policy *policy, struct problem *problem)
{
    size_t index = argument_index(command, "--witness");
    const char *quorum = given_value(command, given, "--quorum");
    for (size_t i = 0; i < given->n[index]; i++) {
        if (read_vkey(cli, given->values[index][i], &policy->witnesses[policy->witness_count++], problem))
            return -1;
    }
    char *end = "";
    policy->quorum = quorum ? strtoul(quorum, &end, 10) : policy->witness_count;
    if (*end || policy->quorum > policy->witness_count)
        return problem_set(problem, "usage", "--quorum", "--quorum is a number up to that of the witnesses");
    return tlog_policy_check(policy, problem);
}

int log_policy(const struct cli *cli, const struct command *command, const struct given *given, const char *folder,
    struct tlog_policy *ret, bool *ret_own_key, struct problem *problem)
{
    static_assert(VALUES_MAX <= TLOG_WITNESSES, "every --witness has its place");
    const char *vkey = given_value(command, given, "--vkey");
    char beside[PATH_MAX];
    struct tlog_policy policy = { .witness_count = 0 };
    if (!vkey && !folder)
        return problem_set(problem, "usage", "--vkey", "without the log, its public key must be given: --vkey");
    if (!vkey && snprintf(beside, sizeof(beside), "%s/vkey", folder) >= (int)sizeof(beside))
        return problem_set(problem, "file", "", "the path of the log is too long");
    if (read_vkey(cli, vkey ? vkey : beside, &policy.log, problem) ||
        read_witnesses(cli, command, given, &policy, problem))
        return -1;
    *ret = policy;
    *ret_own_key = !vkey;
    return 0;
}

int log_open_at(const struct cli *cli, const struct command *command, const struct given *given, const char *path,
    struct opened_log *ret, struct problem *problem)
{
    struct opened_log log = { .directory.fd = -1 };
    snprintf(log.path, sizeof(log.path), "%s", path);
    if (log_policy(cli, command, given, path, &log.policy, &log.own_key, problem) ||
        tlog_directory_open(path, &log.directory, problem) ||
        tlog_directory_text(&log.directory, "checkpoint", TLOG_NOTE_BYTES, &log.note, &log.note_bytes, problem) ||
        tlog_policy_open(log.note, log.note_bytes, &log.policy, &log.checkpoint, &log.cosigned, problem)) {
        log_close(&log);
        return -1;
    }
    *ret = log;
    return 0;
}

enum outcome log_fail(const struct command *command, const struct problem *problem)
{
    return cli_fail(command, strcmp(problem->code, "usage") ? OUTCOME_REFUSED : OUTCOME_USAGE, problem);
}

void log_close(struct opened_log *log)
{
    tlog_directory_close(&log->directory);
    free(log->note);
    log->note = NULL;
}

struct tlog_source log_source(struct opened_log *log)
{
    return tlog_directory_source(&log->directory, log->checkpoint.size);
}
