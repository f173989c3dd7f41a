#include "cli/log/open.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/message/message.h"

static bool is_url(const char *path)
{
    return !strncmp(path, "https://", 8);
}

int log_path(const struct cli *cli, const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char inside[PATH_MAX];
    const char *url = cli->options.url, *base = url ? url : cli->options.state;
    bool class = word_index(class_words, name) >= 0;
    if (!class && !is_url(name))
        return cli_path(cli, name, ret, problem);
    /* Below --url as in the state directory. */
    int length = class ? snprintf(inside, sizeof(inside), "%s/log/%s", base, name)
                       : snprintf(inside, sizeof(inside), "%s", name);
    if (length >= (int)sizeof(inside))
        return problem_set(problem, "file", "LOG", "the path of the log is too long");
    if (!is_url(inside))
        return cli_path(cli, inside, ret, problem);
    memcpy(ret, inside, sizeof(inside));
    return 0;
}

int log_vkey(const struct cli *cli, const char *given, struct tlog_vkey *ret, struct problem *problem)
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
        if (log_vkey(cli, given->values[index][i], &policy->witnesses[policy->witness_count++], problem))
            return -1;
    }
    char *end = "";
    policy->quorum = quorum ? strtoul(quorum, &end, 10) : policy->witness_count;
    if (*end || policy->quorum > policy->witness_count)
        return problem_set(problem, "usage", "--quorum", "--quorum is a number up to that of the witnesses");
    return tlog_policy_check(policy, problem);
}

/* What path names, and nothing read of it yet. */
static int reach(const struct cli *cli, const char *path, struct opened_log *log, struct problem *problem)
{
    snprintf(log->path, sizeof(log->path), "%s", path);
    if (!is_url(path))
        return tlog_directory_open(path, &log->directory, problem);
    log->remote = log_remote_open(cli, path, problem);
    return log->remote ? 0 : -1;
}

static int read_text(const struct opened_log *log, const char *name, size_t limit_bytes, char **ret, size_t *ret_bytes,
    struct problem *problem)
{
    return log->remote ? log_remote_text(log->remote, name, limit_bytes, ret, ret_bytes, problem)
                       : tlog_directory_text(&log->directory, name, limit_bytes, ret, ret_bytes, problem);
}

static int read_own_vkey(const struct opened_log *log, struct tlog_vkey *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (read_text(log, "vkey", TLOG_VKEY_BYTES, &text, &bytes, problem))
        return -1;
    int error = tlog_vkey_parse(text, ret, problem);
    free(text);
    return error;
}

/* beside: whose own key will do if none was given; NULL: none's. */
static int read_policy(const struct cli *cli, const struct command *command, const struct given *given,
    const struct opened_log *beside, struct tlog_policy *ret, bool *ret_own_key, struct problem *problem)
{
    static_assert(VALUES_MAX <= TLOG_WITNESSES, "every --witness has its place");
    const char *vkey = given_value(command, given, "--vkey");
    struct tlog_policy policy = { .witness_count = 0 };
    if (!vkey && !beside)
        return problem_set(problem, "usage", "--vkey", "without the log, its public key must be given: --vkey");
    if ((vkey ? log_vkey(cli, vkey, &policy.log, problem) : read_own_vkey(beside, &policy.log, problem)) ||
        read_witnesses(cli, command, given, &policy, problem))
        return -1;
    *ret = policy;
    *ret_own_key = !vkey;
    return 0;
}

int log_policy(const struct cli *cli, const struct command *command, const struct given *given, const char *path,
    struct tlog_policy *ret, bool *ret_own_key, struct problem *problem)
{
    struct opened_log log = { .directory.fd = -1 };
    int error = (path && reach(cli, path, &log, problem)) ||
                read_policy(cli, command, given, path ? &log : NULL, ret, ret_own_key, problem);
    log_close(&log);
    return error ? -1 : 0;
}

static int read_checkpoint(struct opened_log *log, const char *name, struct problem *problem)
{
    char *note;
    size_t bytes;
    if (read_text(log, name, TLOG_NOTE_BYTES, &note, &bytes, problem))
        return -1;
    if (tlog_policy_open(note, bytes, &log->policy, &log->checkpoint, &log->cosigned, problem)) {
        free(note);
        return -1;
    }
    log->note = note;
    log->note_bytes = bytes;
    return 0;
}

/* The newest one, or if witnesses are demanded that have not seen it yet, the newest that they have. */
static int find_checkpoint(struct opened_log *log, struct problem *problem)
{
    struct problem ignored;
    if (!read_checkpoint(log, "checkpoint", problem))
        return 0;
    return strcmp(problem->code, "no-quorum") || read_checkpoint(log, "checkpoint.cosigned", &ignored) ? -1 : 0;
}

static int verify_tiles(struct opened_log *log, struct problem *problem)
{
    if (!log->remote)
        return 0;
    const struct tlog_source source = log_remote_source(log->remote, log->checkpoint.size);
    log->verified = tlog_verified_new(&source, log->checkpoint.root, problem);
    return log->verified ? 0 : -1;
}

int log_open_at(const struct cli *cli, const struct command *command, const struct given *given, const char *path,
    struct opened_log *ret, struct problem *problem)
{
    struct opened_log log = { .directory.fd = -1 };
    if (reach(cli, path, &log, problem) || read_policy(cli, command, given, &log, &log.policy, &log.own_key, problem) ||
        find_checkpoint(&log, problem) || verify_tiles(&log, problem)) {
        log_close(&log);
        return -1;
    }
    *ret = log;
    return 0;
}

int log_open_same_key(const struct cli *cli, const char *path, const struct tlog_vkey *key, struct opened_log *ret,
    struct problem *problem)
{
    struct opened_log log = { .directory.fd = -1 };
    int error = reach(cli, path, &log, problem) || read_own_vkey(&log, &log.policy.log, problem);
    if (!error && !crypto_equal(log.policy.log.public_key, key->public_key, sizeof(key->public_key)))
        error = problem_set(problem, "unknown-key", "vkey", "%.150s is signed by another key", path);
    if (error || read_checkpoint(&log, "checkpoint", problem) || verify_tiles(&log, problem)) {
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
    tlog_verified_free(log->verified);
    log_remote_free(log->remote);
    tlog_directory_close(&log->directory);
    free(log->note);
    log->note = NULL;
}

struct tlog_source log_source(struct opened_log *log)
{
    return log->verified ? tlog_verified_source(log->verified)
                         : tlog_directory_source(&log->directory, log->checkpoint.size);
}
