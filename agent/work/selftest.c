#include "agent/work/selftest.h"

#include <string.h>

#include "agent/options.h"
#include "agent/work/home.h"
#include "agent/work/loading.h"
#include "agent/work/place.h"
#include "agent/work/work.h"
#include "lib/log.h"
#include "lib/problem.h"

/* Who may sign has changed since, perhaps: only a signature that does not hold is a fault of ours. */
static int check_held(const struct work *work, struct problem *problem)
{
    struct signers signers;
    if (work->n_unread)
        return problem_set(problem, "self-test", "", "%zu documents cannot be read any more", work->n_unread);
    for (size_t i = 0; i < work->n_held; i++) {
        if (verify_signers(&work->held[i]->dsse, work->knowledge.trust, TRUST_NONE_REVOKED, &signers, problem) &&
            !strcmp(problem->code, "bad-signature"))
            return -1;
    }
    return 0;
}

int selftest_command(const struct options *options, char **argv)
{
    (void)argv;
    static struct work work;
    struct problem problem;
    log_open("agent-work", LOG_LEVEL_INFO);
    work.policy_path = options->policy;
    /* The policy's path may be relative to where we are now; work that runs would be in the way of the mail. */
    if (judging_policy(&work, &problem) || place_enter(options, &work.state, &problem) || place_lock(&problem) ||
        (home_exists() && (loading_load(&work, &problem) || check_held(&work, &problem)))) {
        log_problem(LOG_LEVEL_ERROR, "work.self-test", &problem);
        return 1;
    }
    return 0;
}
