/* Any bytes at a glance: where the parser takes them too, both see the same. */
#include "tests/fuzz/fuzz.h"

#include "lib/event/event.h"
#include "services/audit/search/glance.h"

static void same(const char *has, const char *parsed)
{
    if (strcmp(has, parsed ? parsed : ""))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct glance glance;
    struct event_read read;
    int seen = glance_read((const char *)data, size, &glance);
    if (event_read_stored((const char *)data, size, &read, NULL))
        return 0;
    if (seen || glance.sev != read.event.sev)
        abort();
    same(glance.tenant, read.event.tenant);
    same(glance.subject, read.event.subject);
    same(glance.actor, read.event.actor);
    event_free(&read);
    return 0;
}
