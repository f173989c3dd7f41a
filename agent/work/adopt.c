#include "agent/work/adopt.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/helper.h"
#include "agent/options.h"
#include "agent/state.h"
#include "agent/work/activity.h"
#include "agent/work/home.h"
#include "agent/work/knowledge.h"
#include "agent/work/place.h"
#include "lib/files.h"
#include "lib/problem.h"

/* The carrier has the network, and works as the state directory's user. */
static int fetch(const struct options *options, struct problem *problem)
{
    char program[PATH_MAX];
    char *argv[] = { program, (char *)"trust", (char *)"--state", (char *)options->state, NULL };
    pid_t pid;
    int status;
    if (helper_find("vedette-agent-carry", program, problem))
        return -1;
    if (helper_spawn(program, argv, STDERR_FILENO, &pid) || waitpid(pid, &status, 0) != pid)
        return problem_errno(problem, "no-helper", program, "cannot execute %s", program);
    return status ? -1 : 0;
}

static int take_hash(const char *text, uint8_t ret[SHA256_BYTES], struct problem *problem)
{
    if (strncmp(text, "sha256:", 7) || crypto_unhex(text + 7, ret, SHA256_BYTES))
        return problem_set(problem, "bad-option", "trust", "trust adopt sha256: and 64 hexadecimal digits, a-f small");
    return 0;
}

/* tenant and site: as typed, else as they were typed at enrolment. */
static int take_home(const struct options *options, int state, struct home *ret, struct problem *problem)
{
    struct identity identity;
    struct home home = { 0 };
    int own = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0 || fchdir(state))
        return problem_errno(problem, "bad-state", "", "cannot enter the state directory");
    int error = identity_load(&identity, problem);
    if (fchdir(own))
        abort();
    close(own);
    if (error || take_hash(options->words[2], home.pin, problem))
        return -1;
    snprintf(home.tenant, sizeof(home.tenant), "%s", options->tenant ? options->tenant : identity.tenant);
    snprintf(home.site, sizeof(home.site), "%s", options->site ? options->site : identity.site);
    *ret = home;
    return 0;
}

static int read_chain(int state, char **ret, size_t *ret_bytes, struct problem *problem)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d/" TRUST_CHAIN_FILE, state);
    return file_read(path, TRUST_CHAIN_BYTES, ret, ret_bytes, problem);
}

/* The resident looks at its next beat; one that does not run looks when it starts. */
static void tell_resident(int state)
{
    int mark = openat(state, ADOPTED_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (mark < 0 || close(mark))
        fprintf(stderr, "vedette-agent: what came by mail before is looked at with the next mail\n");
}

int adopt_command(const struct options *options, char **argv)
{
    (void)argv;
    struct problem problem;
    struct home home;
    char *chain;
    size_t bytes;
    int state;
    if (options->n_words != 3 || strcmp(options->words[1], "adopt")) {
        problem_set(&problem, "bad-option", "", "trust adopt sha256:HEX");
        return say_problem(&problem);
    }
    /* Without the network, what an enrolment fetched may do. */
    int unfetched = fetch(options, &problem);
    if (place_enter(options, &state, &problem) || place_lock(&problem) || take_home(options, state, &home, &problem) ||
        read_chain(state, &chain, &bytes, &problem))
        return say_problem(&problem);
    int error = knowledge_adopt(&home, chain, bytes, &problem);
    free(chain);
    if (error && unfetched)
        fprintf(stderr, "vedette-agent: the newest trust files could not be fetched\n");
    if (error)
        return say_problem(&problem);
    tell_resident(state);
    activity_write("trusts", &(struct activity){ .detail = "a trust file, by the word of this machine's root" });
    printf("This machine carries out what is signed by trust file %s.\n", options->words[2]);
    return fflush(stdout) ? 1 : 0;
}
