/*
 * vedette-agent, the endpoint's program. Trusted with: the agent's keys (beat, wake, mail; signing and decryption) and
 * the owner's policy. It listens to nobody but takes 24-byte wakes from the server's address, which make it ask for
 * mail and nothing else. It carries nothing out: that is vedette-agent-work's, which it executes.
 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/activity.h"
#include "agent/explain.h"
#include "agent/helper.h"
#include "agent/options.h"
#include "agent/run.h"
#include "agent/status.h"
#include "lib/crypto.h"
#include "lib/problem.h"

static int hand_over(const char *helper, char **argv)
{
    char program[PATH_MAX];
    struct problem problem;
    if (helper_find(helper, program, &problem))
        return say_problem(&problem);
    argv[0] = program;
    execv(program, argv);
    problem_errno(&problem, "no-helper", program, "cannot execute %s", program);
    return say_problem(&problem);
}

/* The carrier has libcurl and OpenSSL, which enrolment needs and the resident does without. */
static int enrol(const struct options *options, char **argv)
{
    (void)options;
    return hand_over("vedette-agent-carry", argv);
}

static int carry(const struct options *options, char **argv)
{
    char **word = argv;
    while (*word != options->words[0])
        word++;
    for (; *word; word++)
        word[0] = word[1];
    return hand_over("vedette-agent-carry", argv);
}

/* What has to do with signed documents. */
static int work(const struct options *options, char **argv)
{
    (void)options;
    return hand_over("vedette-agent-work", argv);
}

static const struct subcommand subcommands[] = {
    { "run", "", "send heartbeats until SIGTERM; what is done without a subcommand", agent_run },
    { "enrol", "", "join a server: --server --token-file --trust --tenant --site, or --ca; --name --again", enrol },
    { "status", "", "who this agent is, whether it runs, what waits to be sent", agent_status },
    { "what-i-send", "", "every field that ever leaves this machine, with its value now and the reason",
        agent_explain },
    { "carry", "mail", "fetch and deliver mail once, as the resident does by itself", carry },
    { "trust", "adopt HASH", "trust who signs by this trust file: --tenant, --site where they are not the enrolment's",
        work },
    { "keys", "next", "other keys for this machine's mail, in the place of those that it has", work },
    { "policy", "check FILE", "what would become of a signed document here, and why", work },
    { "activity", "", "what was asked of this machine, by whom, and what became of it", agent_activity },
    { "consent", "allow|deny ID", "answer what is asked of the people at this machine", work },
    { "freeze", "[REASON]", "begin nothing any more, and end what runs, until `unfreeze`", work },
    { "unfreeze", "", "end what `freeze` began; not a freeze that was signed", work },
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
