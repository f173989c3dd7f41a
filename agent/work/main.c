/*
 * vedette-agent-work: what the resident starts when there is something for it. Trusted with: the agent's keys for
 * envelopes, the rights of root where tasks may be run as others, and the judgement what may be done on this machine.
 * It has no network; what it takes came through the carrier, and is believed for its signatures alone.
 */
#include <stddef.h>

#include "agent/options.h"
#include "agent/update/guard.h"
#include "agent/work/adopt.h"
#include "agent/work/check.h"
#include "agent/work/envelopes/rekeying.h"
#include "agent/work/freeze.h"
#include "agent/work/people/answer.h"
#include "agent/work/selftest.h"
#include "agent/work/serve.h"
#include "agent/work/socket.h"
#include "agent/work/watches.h"
#include "lib/crypto.h"

static const struct subcommand subcommands[] = {
    { "run", "", "deal with the mail that is here and with what is due, and end when nothing runs", work_run },
    { "trust", "adopt HASH", "trust who signs by this trust file, which carry has fetched", adopt_command },
    { "keys", "next", "make other keys for this machine's mail, and tell the server", rekeying_command },
    { "script", "DOCUMENT WATCH", "run the script of a watch once, as the resident has it done", watches_script },
    { "socket", "", "do what the resident asks for by standard input, where systemd listens for it", socket_serve },
    { "policy", "check FILE", "what would become of a signed document here, and why", check_command },
    { "consent", "allow|deny ID", "answer what is asked of the people at this machine", answer_command },
    { "freeze", "[REASON]", "begin nothing any more, and end what runs", freeze_begin },
    { "unfreeze", "", "end what `freeze` began", freeze_end },
    { "selftest", "", "can this version do with what lies here: asked of one that is tried", selftest_command },
    { "guard", "", "try the version that an update left, and go back from it if it is not well", guard_command },
    { NULL, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
    struct options options;
    crypto_open();
    if (options_parse(argc, argv, &options))
        return 2;
    return subcommand_run("vedette-agent-work", subcommands, NULL, &options, argv);
}
