/*
 * vedette-agent, the endpoint's program. Trusted with: the agent's keys (beat, wake, mail; signing and decryption) and
 * the owner's policy. It listens to nobody but takes 24-byte wakes from the server's address, which make it ask for
 * mail and nothing else. It runs no commands.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/explain.h"
#include "agent/helper.h"
#include "agent/options.h"
#include "agent/run.h"
#include "agent/status.h"
#include "lib/crypto.h"
#include "lib/problem.h"

static int hand_over(char **argv)
{
    char program[PATH_MAX];
    struct problem problem;
    if (helper_find("vedette-agent-carry", program, &problem))
        return say_problem(&problem);
    argv[0] = program;
    execv(program, argv);
    problem_errno(&problem, "no-carry", program, "cannot execute %s", program);
    return say_problem(&problem);
}

/* The carrier has libcurl and OpenSSL, which enrolment needs and the resident does without. */
static int enrol(const struct options *options, char **argv)
{
    (void)options;
    return hand_over(argv);
}

static int carry(const struct options *options, char **argv)
{
    char **word = argv;
    while (*word != options->words[0])
        word++;
    for (; *word; word++)
        word[0] = word[1];
    return hand_over(argv);
}

static const struct subcommand subcommands[] = {
    { "run", "", "send heartbeats until SIGTERM; what is done without a subcommand", agent_run },
    { "enrol", "", "join a server: --server --token-file --ca, and where wanted --tenant --site --name --again",
        enrol },
    { "status", "", "who this agent is, whether it runs, what waits to be sent", agent_status },
    { "what-i-send", "", "every field that ever leaves this machine, with its value now and the reason",
        agent_explain },
    { "carry", "mail", "fetch and deliver mail once, as the resident does by itself", carry },
    { NULL, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
    struct options options;
    crypto_open();
    if (options_parse(argc, argv, &options))
        return 2;
    return subcommand_run("vedette-agent", subcommands, "run", &options, argv);
}
