/* `vedette keys next`: another pair of a service's envelope keys, for people to name in the trust file. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/init.h"
#include "cli/run.h"
#include "lib/envelope_key.h"

#define SERVICE "scheduler"

/* The sealing key last: where it is, there is a pair. */
static int make_pair(struct problem *problem)
{
    struct stat folder;
    if (keep_has(SERVICE "/" ENVELOPE_SEAL_KEY_NEXT))
        return problem_set(problem, "exists", SERVICE, "there is a next pair already: `vedette trust facts` tells it");
    if (stat(SERVICE, &folder))
        return problem_errno(problem, "file", SERVICE, "cannot find the folder of " SERVICE);
    const struct owner owner = { folder.st_uid, folder.st_gid };
    return init_envelope_key(SERVICE "/" ENVELOPE_SIGN_KEY_NEXT, &owner, problem) ||
                   init_envelope_key(SERVICE "/" ENVELOPE_SEAL_KEY_NEXT, &owner, problem)
               ? -1
               : 0;
}

enum outcome run_keys_next(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    (void)given;
    int error = 0;
    if (cli->options.url)
        error = problem_set(&problem, "local-only", "", "keys are made on the server's host, without --url");
    else if (chdir(cli->options.state))
        error = problem_errno(&problem, "file", cli->options.state, "cannot enter %s", cli->options.state);
    if (error || make_pair(&problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    printf("The next pair of " SERVICE
           " is made. `vedette trust facts` tells it; sign a trust file with it and hand that over:\n"
           "from then on each agent is written to by the new key as soon as it was sent that trust file.\n");
    return OUTCOME_OK;
}
