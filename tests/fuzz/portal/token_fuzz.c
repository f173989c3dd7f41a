/* Any text as an Authorization header, a stream position, a list of ids, a password, a user name, pauses of the
 * clock. */
#include "tests/fuzz/fuzz.h"

#include "lib/ids.h"
#include "lib/problem.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/accounts/apitokens.h"
#include "services/portal/accounts/password.h"
#include "services/portal/feed/position.h"
#include "services/portal/fleet/fleet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem;
    struct fleet_clock clock;
    uint64_t position[CLASS_COUNT];
    uint32_t ids[IDS_MAX];
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    const char *token = apitoken_of_header(text);
    if (token && strlen(token) != APITOKEN_BYTES - 1)
        abort();
    feed_position_parse(text, position);
    if (ids_parse(text, ids) > IDS_MAX)
        abort();
    password_check(text, "alice", &problem);
    account_name_check(text, &problem);
    fleet_parse_pauses(text, &clock);
    free(text);
    return 0;
}
