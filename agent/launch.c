#include "agent/launch.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/health.h"
#include "agent/options.h"
#include "agent/programs.h"
#include "agent/state.h"
#include "lib/log.h"

#define FOLDER "work/" PROGRAMS_OWN

/* With the arguments that a resident has; none of our blocked or ignored signals. */
static void become(const char *program, const char *subcommand, const char *policy)
{
    char state[PATH_MAX];
    sigset_t none;
    char *argv[] = { (char *)program, (char *)subcommand, (char *)"--state", state, policy ? (char *)"--policy" : NULL,
        (char *)policy, NULL };
    if (!getcwd(state, sizeof(state)))
        return;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execv(program, argv);
    log_error("agent.cannot-hand-over", LOG_TEXT("program", program));
}

void launch_guard(const char *policy)
{
    become(FOLDER "/" PROGRAMS_PREVIOUS "/vedette-agent-work", "guard", policy);
}

void launch_right(const struct options *options, const char *policy)
{
    char version[VERSION_BYTES];
    uint64_t current, own;
    if (options->guarded || state_is_installed(options->state))
        return;
    if (state_has(UPDATING_FILE))
        launch_guard(policy);
    /* A higher one was put in the place of this program by hand, and goes before what an update left. */
    programs_linked(FOLDER, PROGRAMS_CURRENT, version);
    if (version_parse(version, &current) || version_parse(vedette_version, &own) || current <= own)
        return;
    become(FOLDER "/" PROGRAMS_CURRENT "/vedette-agent", "run", policy);
}
