/* `vedette keys next`: another pair of each service's envelope keys, for people to name in the trust file. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/init/init.h"
#include "cli/run.h"
#include "lib/envelope/key.h"

static const char *const services[] = { "scheduler", "backup" };
#define SERVICES (sizeof(services) / sizeof(*services))

static void path_of(const char *service, const char *file, char ret[64])
{
    snprintf(ret, 64, "%s/%s", service, file);
}

/* The sealing key is made last: where it is, there is a pair. */
static bool has_pair(const char *service)
{
    char path[64];
    path_of(service, ENVELOPE_SEAL_KEY_NEXT, path);
    return keep_has(path);
}

static int make_pair(const char *service, struct problem *problem)
{
    char sign[64], seal[64];
    struct stat folder;
    path_of(service, ENVELOPE_SIGN_KEY_NEXT, sign);
    path_of(service, ENVELOPE_SEAL_KEY_NEXT, seal);
    if (stat(service, &folder))
        return problem_errno(problem, "file", service, "cannot find the folder of %s", service);
    const struct owner owner = { folder.st_uid, folder.st_gid };
    return init_envelope_key(sign, &owner, problem) || init_envelope_key(seal, &owner, problem) ? -1 : 0;
}

/* After an interruption it goes on with those that have none yet. */
static int make_pairs(struct problem *problem)
{
    size_t made = 0;
    for (size_t i = 0; i < SERVICES; i++) {
        if (has_pair(services[i]))
            continue;
        if (make_pair(services[i], problem))
            return -1;
        made++;
    }
    return made ? 0
                : problem_set(problem, "exists", "", "there are next pairs already: `vedette trust facts` tells them");
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
    if (error || make_pairs(&problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    printf(
        "The next pairs of scheduler and backup are made. `vedette trust facts` tells them; sign a trust file with them and\n"
        "hand that over: from then on each agent is written to by the new keys as soon as it was sent that trust file.\n");
    return OUTCOME_OK;
}
