/* `vedette restore-server`: a whole server on a fresh machine, from its own backup and the owner's recovery key. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/keep.h"
#include "cli/restore/open.h"
#include "cli/run.h"
#include "cli/server/heads.h"
#include "cli/server/owners.h"
#include "cli/server/restore_set.h"
#include "lib/clock.h"
#include "lib/config.h"
#include "lib/outbox.h"

#define STATE_MODE 0711

struct restoration {
    struct cli *cli;
    const struct command *command;
    const struct given *given;
    struct target_conf conf;
    struct envelope_key *own;
    int folder;
    struct restored_set sets[SERVER_SET_COUNT];
    struct heads heads;
    int64_t began_ms;
    bool lost; /* the log is shorter than somebody has seen it */
};

static int open_all(struct restoration *restoration, struct problem *problem)
{
    char key[PATH_MAX];
    return cli_path(restoration->cli, given_value(restoration->command, restoration->given, "--key"), key, problem) ||
                   !(restoration->own = envelope_key_load(key, problem)) ||
                   repository_conf(
                       restoration->cli, restoration->command, restoration->given, &restoration->conf, problem)
               ? -1
               : 0;
}

/* Never over a server that is there: it could be the one that is wanted. */
static int enter_state(struct restoration *restoration, struct problem *problem)
{
    const char *state = restoration->cli->options.state;
    if (mkdir(state, STATE_MODE) && errno != EEXIST)
        return problem_errno(problem, "file", state, "cannot make %s", state);
    if (chmod(state, STATE_MODE) || chdir(state))
        return problem_errno(problem, "file", state, "cannot enter %s", state);
    if (keep_has("vedette.conf"))
        return problem_set(problem, "exists", "--state", "there is a server in %s already", state);
    restoration->folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return restoration->folder < 0 ? problem_errno(problem, "file", state, "cannot read %s", state) : 0;
}

/* The configuration says whose signature is good for which other set. */
static int find_signer(
    const char *signers, enum server_set set, char ret[FINGERPRINT_HEX_BYTES], struct problem *problem)
{
    char word[32], fingerprint[FINGERPRINT_HEX_BYTES];
    int bytes;
    for (const char *at = signers; sscanf(at, "%31s %64[0-9a-f]%n", word, fingerprint, &bytes) == 2; at += bytes) {
        if (!strcmp(word, server_set_words[set])) {
            strcpy(ret, fingerprint);
            return 0;
        }
    }
    return problem_set(
        problem, "unknown-signer", SERVER_SIGNERS, "the configuration names no signer of %s", server_set_words[set]);
}

static int restore_sets(struct restoration *restoration, struct problem *problem)
{
    const char *signer = given_value(restoration->command, restoration->given, "--signer");
    char found[FINGERPRINT_HEX_BYTES];
    if (restore_set(&restoration->conf, restoration->own, SERVER_CONFIGURATION, signer, restoration->folder,
            &restoration->sets[SERVER_CONFIGURATION], problem))
        return -1;
    char *signers = keep_read(SERVER_SIGNERS, problem);
    int error = signers ? 0 : -1;
    for (int set = SERVER_CONFIGURATION + 1; set < SERVER_ACCESS && !error; set++)
        error = find_signer(signers, (enum server_set)set, found, problem) ||
                restore_set(&restoration->conf, restoration->own, (enum server_set)set, found, restoration->folder,
                    &restoration->sets[set], problem);
    error = error || find_signer(signers, SERVER_ACCESS, found, problem) ||
            restore_access(&restoration->conf, restoration->own, found, restoration->folder,
                &restoration->sets[SERVER_ACCESS], problem);
    free(signers);
    return error ? -1 : 0;
}

/* An outbox that was copied while events waited in it is older than the producer was. */
static int mend_outboxes(struct problem *problem)
{
    static const char *const names[] = { "outbox", "outbox.ops" };
    for (int set = SERVER_AUDIT; set < SERVER_ACCESS; set++) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            char path[64];
            snprintf(path, sizeof(path), "%s/%s", server_set_words[set], names[i]);
            if (outbox_put_back(path) && errno != ENOENT)
                return problem_errno(problem, "file", path, "cannot mend %s", path);
        }
    }
    return 0;
}

static void say_set(enum server_set set, const struct restored_set *restored)
{
    char backed_up[RFC3339_BYTES], changed[RFC3339_BYTES];
    clock_rfc3339(backed_up, restored->backed_up_ms);
    clock_rfc3339(changed, restored->changed_ms);
    printf("%-13s  backup of %s, %zu increments, last change %s\n", server_set_words[set], backed_up,
        restored->increments, changed);
    if (restored->unused)
        printf("%-13s  %zu increments could not be used: %s\n", "", restored->unused, restored->why);
}

static void say_signer(const struct restoration *restoration)
{
    if (!given_value(restoration->command, restoration->given, "--signer"))
        printf("Signed by %s: compare it with what you noted of this server, for who writes to the target can make "
               "another.\n",
            restoration->sets[SERVER_CONFIGURATION].signer);
}

static void say_log(const struct restoration *restoration)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, restoration->heads.time_ms);
    printf("The log's newest entry is of %s:", time);
    for (int class = 0; class < CLASS_COUNT; class ++)
        printf("%s %s %" PRIu64, class ? "," : "", class_words[class], restoration->heads.size[class]);
    printf(".\n");
}

/* One that was seen outside, and is longer than what came back, was in the log and is lost. */
static int compare_seen(struct restoration *restoration, const char *second_place, struct problem *problem)
{
    size_t seen = argument_index(restoration->command, "--seen");
    for (size_t i = 0; i < restoration->given->n[seen]; i++) {
        char path[PATH_MAX];
        enum class class = 0;
        uint64_t lost = 0;
        if (cli_path(restoration->cli, restoration->given->values[seen][i], path, problem))
            return -1;
        int status = heads_compare(&restoration->heads, path, second_place, &class, &lost, problem);
        if (status < 0)
            return -1;
        if (status)
            printf("LOST: %" PRIu64 " entries of class %s, which %s has seen. Run, before anything is started:\n"
                   "    vedette --state %s audit recover --reason \"…\"\n",
                lost, class_words[class], restoration->given->values[seen][i], restoration->cli->options.state);
        restoration->lost |= status > 0;
    }
    if (!restoration->given->n[seen])
        printf("Whether anybody has seen more of the log than this, only those outside can tell: --seen CHECKPOINT "
               "compares "
               "with what a witness or an agent keeps.\n");
    return 0;
}

static void say_all(const struct restoration *restoration)
{
    int64_t newest_ms = 0;
    for (int set = 0; set < SERVER_SET_COUNT; set++) {
        say_set((enum server_set)set, &restoration->sets[set]);
        if (restoration->sets[set].changed_ms > newest_ms)
            newest_ms = restoration->sets[set].changed_ms;
    }
    char newest[RFC3339_BYTES];
    clock_rfc3339(newest, newest_ms);
    printf("Recovery point: %s. Recovery time: %.1f s.\n", newest,
        (double)(clock_mono_ms() - restoration->began_ms) / 1000);
    say_signer(restoration);
    say_log(restoration);
}

static int restore(struct restoration *restoration, struct problem *problem)
{
    struct settings settings;
    restoration->began_ms = clock_mono_ms();
    if (open_all(restoration, problem) || enter_state(restoration, problem) || restore_sets(restoration, problem) ||
        mend_outboxes(problem) || config_load("vedette.conf", NULL, 0, &settings, problem) ||
        heads_read(&restoration->heads, problem))
        return -1;
    say_all(restoration);
    return compare_seen(restoration, settings.audit.second_place, problem) || owners_give(problem) ? -1 : 0;
}

enum outcome run_restore_server(struct cli *cli, const struct command *command, const struct given *given)
{
    struct restoration restoration = { .cli = cli, .command = command, .given = given, .folder = -1 };
    struct problem problem;
    umask(077);
    int error = restore(&restoration, &problem);
    envelope_key_free(restoration.own);
    if (restoration.folder >= 0)
        close(restoration.folder);
    if (error)
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    return restoration.lost ? OUTCOME_FORK : OUTCOME_OK;
}
