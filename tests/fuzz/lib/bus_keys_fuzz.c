/* Any bytes as bus.keys: whoever is in the table is found by the key that stands there. */
#include "tests/fuzz/fuzz.h"

#include "lib/bus/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bus_keys keys;
    if (bus_keys_parse((const char *)data, size, &keys, NULL))
        return 0;
    for (size_t i = 0; i < keys.n; i++) {
        if (bus_keys_peer(&keys, keys.row[i].key) != keys.row[i].peer || !bus_keys_key(&keys, keys.row[i].peer))
            abort();
    }
    return 0;
}
