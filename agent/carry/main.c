/*
 * vedette-agent-carry: what the resident agent executes to enrol and to deliver mail, so that libcurl and OpenSSL are
 * not in memory all day. Trusted with the agent's keys, for as long as one delivery takes.
 */
#include <stddef.h>
#include <unistd.h>

#include "agent/carrier.h"
#include "agent/carry/enrol.h"
#include "agent/carry/round.h"
#include "agent/carry/trust.h"
#include "agent/options.h"
#include "lib/crypto.h"

static const struct subcommand subcommands[] = {
    { "enrol", "", "join a server: --server --token-file --trust --tenant --site, or --ca; --name --again",
        carry_enrol },
    { "trust", "", "fetch the trust files that the server has; nothing is believed of them here", carry_trust },
    { "mail", "",
        "fetch and send envelopes, report the machine, learn the last accepted counter; lines say what became of it",
        carry_mail },
    { NULL, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
    struct options options;
    /* Whoever started us may have died, and nobody would end a hanging name look-up. */
    alarm(2 * CARRY_LIMIT_MS / 1000);
    crypto_open();
    if (options_parse(argc, argv, &options))
        return 2;
    return subcommand_run("vedette-agent-carry", subcommands, NULL, &options, argv);
}
