/*
 * vedette-agent-restore: brings files of one backup back, by content keys that a restore key service wraps for this
 * machine. Executed by vedette-agent-work for a document that people signed. Trusted with: the agent's sealing key;
 * writing beneath one folder, with the rights of one user. It says on standard output, a line each:
 *
 *     progress FILES OF BYTES OF SAME FAILED    so far: entries, and bytes of content that had to be written
 *     done FILES OF BYTES OF SAME FAILED        and its status is 0 if nothing failed
 *     failed CODE SENTENCE                      it could not go on
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/restore/run.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/problem.h"

static int parse(int argc, char **argv, struct restore_options *ret)
{
    const char *agent = NULL;
    const struct {
        const char *name, **place;
    } places[] = { { "state", &ret->state }, { "targets", &ret->targets }, { "exchange", &ret->exchange },
        { "seal-key", &ret->seal_key }, { "target", &ret->target }, { "backup", &ret->backup },
        { "signer", &ret->signer }, { "commit", &ret->commit_sha256 }, { "into", &ret->into }, { "user", &ret->user },
        { "agent", &agent } };
    enum { N = sizeof(places) / sizeof(places[0]) };
    struct option options[N + 1] = { 0 };
    int which;
    for (int i = 0; i < N; i++)
        options[i] = (struct option){ places[i].name, required_argument, NULL, i + 1 };
    while ((which = getopt_long(argc, argv, "", options, NULL)) > 0) {
        if (which > N)
            return -1;
        *places[which - 1].place = optarg;
    }
    for (int i = 0; i < N; i++) {
        if (!*places[i].place)
            return -1;
    }
    ret->agent = (unsigned)strtoul(agent, NULL, 10);
    ret->n_paths = (size_t)(argc - optind);
    ret->paths = (const char *const *)argv + optind;
    return 0;
}

int main(int argc, char **argv)
{
    struct restore_options options = { 0 };
    struct extracted extracted = { 0 };
    struct problem problem;
    /* With its runner; ended at any moment it leaves what the next one goes on with. A user's rights, once taken, clear
     * this (prctl(2)); from then on the first word that nobody reads ends it. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    crypto_open();
    log_open("vedette-agent-restore", LOG_LEVEL_INFO);
    if (parse(argc, argv, &options)) {
        fprintf(stderr, "vedette-agent-restore: not its words; vedette-agent-work executes it\n");
        return 2;
    }
    if (!restore_run(&options, &extracted, &problem))
        return extracted.failed ? 1 : 0;
    printf("failed %s %s\n", problem.code, problem.reason);
    log_problem(LOG_LEVEL_ERROR, "restore.failed", &problem);
    return 1;
}
