#include "cli/run.h"
#include "contract.h"

const struct command commands[] = {
    { "init", "make the state directory, or what is missing in it; renew certificates that are due", run_init, -1, NULL,
        { { "--ports", "FIRST", NULL, AS_TEXT, false, false },
            { "--public-name", "NAME", NULL, AS_TEXT, false, false },
            { "--set", "SECTION.KEY=VALUE", NULL, AS_TEXT, false, true } } },
    { 0 },
};
