/* Any bytes as what Redis says of the fleet: a record, pages, pauses. */
#include "tests/fuzz/fuzz.h"

#include "contract.h"
#include "services/portal/fleet/fleet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* One for all inputs: making 8,192 places anew takes a thousand times as long as what is tested. */
    static struct fleet *fleet;
    if (!fleet)
        fleet = fleet_new();
    json_t *known = json_pack("{ssssss}", "name", "a", "tenant", "b", "site", "c");
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    fleet_take_record(fleet, 1, known);
    if (json)
        fleet_take_record(fleet, 2, json);
    fleet_take_state(fleet, 0, data, size, data, size);
    fleet_take_seen(fleet, 0, data, size);
    for (uint32_t agent = 0; agent < 3; agent++) {
        const struct fleet_agent *one = fleet_find(fleet, agent);
        if (one && (one->state >= STATE_COUNT || !one->name || !one->tenant || !one->site))
            abort();
        if (one)
            fleet_last_seen(fleet, one, 1700000000000);
    }
    json_decref(json);
    json_decref(known);
    return 0;
}
