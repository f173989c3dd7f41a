#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bus/bus.h"
#include "services/alert/observation.h"

static void transitions_are_observed(void **state)
{
    (void)state;
    const struct event_agent_offline offline = { .agent = 7, .since = 1000, .last_seen = 500 };
    const struct event_agent_maintenance maintenance = { .agent = 8, .since = 2000, .has_until = true, .until = 9 };
    const struct bus_event first = {
        .event = EVENT_AGENT_OFFLINE, .tenant = "acme", .time_ms = 3000, .data = &offline
    };
    const struct bus_event second = { .event = EVENT_AGENT_MAINTENANCE, .data = &maintenance };
    struct observation seen;
    assert_true(observe(&first, &seen));
    assert_int_equal(seen.what, OBSERVED_STATE);
    assert_int_equal(seen.agent, 7);
    assert_int_equal(seen.state, STATE_OFFLINE);
    assert_int_equal(seen.time_ms, 1000);
    assert_string_equal(seen.tenant, "acme");
    assert_null(seen.site);
    assert_true(observe(&second, &seen));
    assert_int_equal(seen.agent, 8);
    assert_int_equal(seen.state, STATE_MAINTENANCE);
    assert_int_equal(seen.time_ms, 2000);
}

static void enrolment_says_where_an_agent_belongs(void **state)
{
    (void)state;
    const struct event_agent_enrolled data = { .agent = 7, .name = "web", .tenant = "acme", .site = "hq" };
    const struct bus_event event = { .event = EVENT_AGENT_ENROLLED, .tenant = "acme", .time_ms = 3000, .data = &data };
    struct observation seen;
    assert_true(observe(&event, &seen));
    assert_int_equal(seen.what, OBSERVED_ENROLLED);
    assert_string_equal(seen.site, "hq");
}

static void sites_and_copies_are_observed(void **state)
{
    (void)state;
    const struct event_site_silent silent = { .tenant = "acme", .site = "hq", .agents = 3 };
    const struct event_site_returned returned = { .tenant = "acme", .site = "hq" };
    const struct event_agent_cloned cloned = { .agent = 7 };
    const struct bus_event events[] = {
        { .event = EVENT_SITE_SILENT, .data = &silent },
        { .event = EVENT_SITE_RETURNED, .data = &returned },
        { .event = EVENT_AGENT_CLONED, .data = &cloned, .time_ms = 5 },
    };
    struct observation seen;
    assert_true(observe(&events[0], &seen));
    assert_int_equal(seen.what, OBSERVED_SILENT);
    assert_string_equal(seen.tenant, "acme");
    assert_true(observe(&events[1], &seen));
    assert_int_equal(seen.what, OBSERVED_RETURNED);
    assert_true(observe(&events[2], &seen));
    assert_int_equal(seen.what, OBSERVED_CLONE);
    assert_int_equal(seen.time_ms, 5);
}

static void other_events_do_not_matter(void **state)
{
    (void)state;
    const struct event_agent_renamed renamed = { .agent = 7, .name = "web" };
    const struct bus_event event = { .event = EVENT_AGENT_RENAMED, .data = &renamed };
    struct observation untouched = { .agent = 99 };
    assert_false(observe(&event, &untouched));
    assert_int_equal(untouched.agent, 99);
}

static void watches_are_observed(void **state)
{
    (void)state;
    const struct event_watch_warning warning = {
        .agent = 7, .watch = "root", .watch_kind = WATCH_KIND_DISK, .has_value = true, .value = 81234
    };
    const struct event_watch_critical critical = { .agent = 7, .watch = "site", .reason = "the answer has status 500" };
    const struct event_watch_ended ended = { .agent = 7, .watch = "site" };
    const struct bus_event events[] = {
        { .event = EVENT_WATCH_WARNING, .data = &warning },
        { .event = EVENT_WATCH_CRITICAL, .data = &critical },
        { .event = EVENT_WATCH_ENDED, .data = &ended },
    };
    struct observation seen;
    assert_true(observe(&events[0], &seen));
    assert_int_equal(seen.what, OBSERVED_WATCH);
    assert_int_equal(seen.level, LEVEL_WARNING);
    assert_string_equal(seen.text, "root: 81.2 %");
    assert_true(observe(&events[1], &seen));
    assert_int_equal(seen.level, LEVEL_CRITICAL);
    assert_string_equal(seen.text, "site: the answer has status 500");
    assert_true(observe(&events[2], &seen));
    assert_int_equal(seen.level, LEVEL_OK);
    assert_string_equal(seen.watch, "site");
}

static void looks_at_backups_are_observed_by_way_and_target(void **state)
{
    (void)state;
    const struct event_backup_unproven unproven = {
        .agent = 7, .backup = "00", .proof = PROOF_BYTES, .reason = "altered", .backup_target = "nas"
    };
    const struct event_backup_proven proven = { .agent = 7, .backup = "00", .proof = PROOF_RESTORE };
    const struct event_proof_late late = { .agent = 7, .proof = PROOF_BYTES, .backup_target = "nas", .next_by = 1 };
    const struct bus_event events[] = {
        { .event = EVENT_BACKUP_UNPROVEN, .data = &unproven },
        { .event = EVENT_BACKUP_PROVEN, .data = &proven },
        { .event = EVENT_PROOF_LATE, .data = &late },
    };
    struct observation seen;
    assert_true(observe(&events[0], &seen));
    assert_string_equal(seen.name, "proof.bytes.nas");
    assert_int_equal(seen.level, LEVEL_CRITICAL);
    assert_string_equal(seen.text, "altered");
    assert_true(observe(&events[1], &seen));
    assert_string_equal(seen.name, "proof.restore");
    assert_int_equal(seen.level, LEVEL_OK);
    assert_true(observe(&events[2], &seen));
    assert_string_equal(seen.name, "proof.bytes.nas");
    assert_int_equal(seen.level, LEVEL_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_are_observed),
        cmocka_unit_test(watches_are_observed),
        cmocka_unit_test(enrolment_says_where_an_agent_belongs),
        cmocka_unit_test(sites_and_copies_are_observed),
        cmocka_unit_test(other_events_do_not_matter),
        cmocka_unit_test(looks_at_backups_are_observed_by_way_and_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
