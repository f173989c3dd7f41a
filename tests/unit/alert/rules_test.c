#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/rules.h"

#define SILENT_MS 30000
#define LIMIT_S 300
#define WALL INT64_C(1800000000000)
#define MONO INT64_C(5000000)

static struct rules rules;
static struct changes changes;

/* The same moment on both clocks, s seconds after the beginning. */
static struct instant at(int64_t s)
{
    return (struct instant){ WALL + s * 1000, MONO + s * 1000 };
}

static int begin(void **state)
{
    (void)state;
    rules_open(&rules, LIMIT_S, SILENT_MS / 1000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rules_free(&rules);
    return 0;
}

static void enrol(uint32_t agent, const char *tenant, const char *site)
{
    const struct observation seen = { .what = OBSERVED_ENROLLED, .agent = agent, .tenant = tenant, .site = site };
    const struct instant now = at(0);
    assert_int_equal(rules_observe(&rules, &seen, &now), 0);
}

static void enter(uint32_t agent, enum state state, int64_t s)
{
    const struct instant now = at(s);
    const struct observation seen = { .what = OBSERVED_STATE, .agent = agent, .state = state, .time_ms = now.wall_ms };
    assert_int_equal(rules_observe(&rules, &seen, &now), 0);
}

static void site(enum observed what, int64_t s)
{
    const struct instant now = at(s);
    const struct observation seen = { .what = what, .tenant = "acme", .site = "hq", .time_ms = now.wall_ms };
    assert_int_equal(rules_observe(&rules, &seen, &now), 0);
}

static void clone(uint32_t agent, int64_t s)
{
    const struct instant now = at(s);
    const struct observation seen = { .what = OBSERVED_CLONE, .agent = agent, .time_ms = now.wall_ms };
    assert_int_equal(rules_observe(&rules, &seen, &now), 0);
}

/* Judge, and expect exactly these changes: "+agent-offline agent/7 -site-silent site/acme/hq". */
static void expect(int64_t s, const char *want)
{
    char got[1024] = "";
    bool more = rules_judge(&rules, at(s).mono_ms, &changes);
    assert_false(more);
    for (size_t i = 0; i < changes.n; i++) {
        const struct change *change = &changes.items[i];
        size_t length = strlen(got);
        snprintf(got + length, sizeof(got) - length, "%s%s%s %s", i ? " " : "", change->opened ? "+" : "-",
            kind_words[change->kind], change->subject);
    }
    assert_string_equal(got, want);
}

static void offline_beyond_the_limit_is_raised_once_and_resolved(void **state)
{
    (void)state;
    enrol(7, "acme", "hq");
    enter(7, STATE_OFFLINE, 0);
    expect(0, "");
    expect(LIMIT_S - 1, "");
    expect(LIMIT_S, "+agent-offline agent/7");
    assert_string_equal(changes.items[0].place->tenant, "acme");
    assert_int_equal(changes.items[0].after_s, LIMIT_S);
    expect(LIMIT_S + 1000, "");
    enter(7, STATE_ONLINE, LIMIT_S + 1001);
    expect(LIMIT_S + 1001, "-agent-offline agent/7");
    expect(LIMIT_S + 9999, "");
}

static void back_in_time_raises_nothing(void **state)
{
    (void)state;
    enter(7, STATE_OFFLINE, 0);
    expect(10, "");
    enter(7, STATE_ONLINE, LIMIT_S - 1);
    expect(LIMIT_S + 1, "");
    /* Each absence begins its own time. */
    enter(7, STATE_OFFLINE, LIMIT_S + 10);
    expect(LIMIT_S + 20, "");
    expect(LIMIT_S + 10 + LIMIT_S, "+agent-offline agent/7");
}

static void what_was_said_raises_nothing_and_resolves(void **state)
{
    (void)state;
    static const enum state said[] = { STATE_GOODBYE, STATE_MAINTENANCE, STATE_UPDATING, STATE_RETIRED };
    for (uint32_t i = 0; i < 4; i++) {
        enter(10 + i, said[i], 0);
        enter(20 + i, STATE_OFFLINE, 0);
    }
    expect(LIMIT_S, "+agent-offline agent/20 +agent-offline agent/21 +agent-offline agent/22 +agent-offline agent/23");
    for (uint32_t i = 0; i < 4; i++)
        enter(20 + i, said[i], LIMIT_S + 1);
    expect(
        LIMIT_S + 1, "-agent-offline agent/20 -agent-offline agent/21 -agent-offline agent/22 -agent-offline agent/23");
    expect(LIMIT_S * 10, "");
}

static void a_tenant_has_its_own_limit_and_may_change_it(void **state)
{
    (void)state;
    assert_int_equal(rules_limit(&rules, "acme", 60), 0);
    enrol(7, "acme", "hq");
    enrol(8, "other", "hq");
    enter(7, STATE_OFFLINE, 0);
    enter(8, STATE_OFFLINE, 0);
    expect(60, "+agent-offline agent/7");
    assert_int_equal(rules_limit(&rules, "other", 100), 0);
    expect(99, "");
    expect(100, "+agent-offline agent/8");
}

static void a_step_of_the_wall_clock_raises_nothing(void **state)
{
    (void)state;
    enter(7, STATE_OFFLINE, 0);
    /* An hour forward on the wall, ten seconds in truth: judging does not look at the wall. */
    expect(10, "");
    /* An event stamped by a clock that was an hour ahead cannot make the time run backwards. */
    const struct observation early = {
        .what = OBSERVED_STATE, .agent = 8, .state = STATE_OFFLINE, .time_ms = WALL + 3600000
    };
    const struct instant now = at(10);
    assert_int_equal(rules_observe(&rules, &early, &now), 0);
    expect(LIMIT_S, "+agent-offline agent/7");
    expect(LIMIT_S + 10, "+agent-offline agent/8");
}

static void an_absence_that_began_before_we_did_counts_from_its_beginning(void **state)
{
    (void)state;
    const struct observation long_ago = {
        .what = OBSERVED_STATE, .agent = 7, .state = STATE_OFFLINE, .time_ms = WALL - 100000
    };
    const struct instant now = at(0);
    assert_int_equal(rules_observe(&rules, &long_ago, &now), 0);
    expect(LIMIT_S - 101, "");
    expect(LIMIT_S - 100, "+agent-offline agent/7");
}

static void a_silent_site_is_one_alert(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 3; i++) {
        enrol(i, "acme", "hq");
        enter(i, STATE_OFFLINE, 0);
    }
    enrol(4, "acme", "branch");
    enter(4, STATE_OFFLINE, 0);
    site(OBSERVED_SILENT, 1);
    expect(1, "+site-silent site/acme/hq");
    expect(LIMIT_S * 2, "+agent-offline agent/4");
    site(OBSERVED_RETURNED, LIMIT_S * 2 + 1);
    enter(1, STATE_ONLINE, LIMIT_S * 2 + 1);
    expect(LIMIT_S * 2 + 1, "-site-silent site/acme/hq");
    /* The others have a minute to be heard too; who is not then stands for itself. */
    enter(2, STATE_ONLINE, LIMIT_S * 2 + 15);
    expect(LIMIT_S * 2 + 60, "");
    expect(LIMIT_S * 2 + 61, "+agent-offline agent/3");
}

static void an_agent_registered_in_bulk_belongs_where_its_absence_says(void **state)
{
    (void)state;
    const struct instant now = at(0);
    const struct observation online = { .what = OBSERVED_STATE, .agent = 7, .state = STATE_ONLINE, .tenant = "acme" };
    const struct observation offline = {
        .what = OBSERVED_STATE, .agent = 7, .state = STATE_OFFLINE, .tenant = "acme", .site = "hq", .time_ms = WALL
    };
    assert_int_equal(rules_observe(&rules, &online, &now), 0);
    assert_int_equal(rules_observe(&rules, &offline, &now), 0);
    site(OBSERVED_SILENT, 1);
    expect(LIMIT_S * 2, "+site-silent site/acme/hq");
}

static void an_alert_from_before_the_site_fell_silent_stays(void **state)
{
    (void)state;
    enrol(1, "acme", "hq");
    enrol(2, "acme", "hq");
    enter(1, STATE_OFFLINE, 0);
    expect(LIMIT_S, "+agent-offline agent/1");
    enter(2, STATE_OFFLINE, LIMIT_S + 1);
    site(OBSERVED_SILENT, LIMIT_S + 2);
    expect(LIMIT_S + 2, "+site-silent site/acme/hq");
    enter(2, STATE_ONLINE, LIMIT_S + 3);
    expect(LIMIT_S + 3, "-site-silent site/acme/hq");
    enter(1, STATE_ONLINE, LIMIT_S + 4);
    expect(LIMIT_S + 4, "-agent-offline agent/1");
}

static void a_site_without_anybody_to_be_heard_is_not_silent(void **state)
{
    (void)state;
    enrol(1, "acme", "hq");
    enrol(2, "acme", "hq");
    enter(1, STATE_OFFLINE, 0);
    enter(2, STATE_OFFLINE, 0);
    site(OBSERVED_SILENT, 1);
    expect(1, "+site-silent site/acme/hq");
    enter(1, STATE_MAINTENANCE, 2);
    expect(2, "");
    enter(2, STATE_RETIRED, 3);
    expect(3, "-site-silent site/acme/hq");
}

static void a_copied_identity_is_over_after_an_hour_of_quiet(void **state)
{
    (void)state;
    enter(7, STATE_ONLINE, 0);
    clone(7, 0);
    expect(0, "+agent-cloned agent/7");
    clone(7, 1800);
    expect(3600, "");
    expect(1800 + 3599, "");
    expect(1800 + 3600, "-agent-cloned agent/7");
    clone(7, 6000);
    expect(6000, "+agent-cloned agent/7");
    enter(7, STATE_RETIRED, 6001);
    expect(6001, "-agent-cloned agent/7");
}

static void say(enum observed what, uint32_t agent, int64_t s)
{
    const struct instant now = at(s);
    const struct observation seen = { .what = what, .agent = agent, .time_ms = now.wall_ms };
    assert_int_equal(rules_observe(&rules, &seen, &now), 0);
}

static void two_histories_stand_until_one_is_followed_again(void **state)
{
    (void)state;
    enter(7, STATE_ONLINE, 0);
    say(OBSERVED_FORKED, 7, 1);
    expect(1, "+log-forked agent/7");
    say(OBSERVED_FORKED, 7, 2);
    expect(7 * 86400, "");
    say(OBSERVED_AGREED, 7, 7 * 86400);
    expect(7 * 86400, "-log-forked agent/7");
}

static void a_broken_chain_is_shown_for_a_day(void **state)
{
    (void)state;
    enter(7, STATE_ONLINE, 0);
    say(OBSERVED_BROKEN, 7, 0);
    expect(0, "+chain-broken agent/7");
    expect(86399, "");
    expect(86400, "-chain-broken agent/7");
}

static void what_was_open_is_not_raised_again(void **state)
{
    (void)state;
    enrol(7, "acme", "hq");
    enter(7, STATE_OFFLINE, 0);
    site(OBSERVED_SILENT, 0);
    assert_int_equal(rules_restore(&rules, KIND_AGENT_OFFLINE, "agent/7", 7, "acme", "hq"), 0);
    assert_int_equal(rules_restore(&rules, KIND_SITE_SILENT, "site/acme/hq", 0, "acme", "hq"), 0);
    expect(LIMIT_S * 2, "");
    enter(7, STATE_ONLINE, LIMIT_S * 3);
    expect(LIMIT_S * 3, "-site-silent site/acme/hq -agent-offline agent/7");
}

static void what_ended_while_nobody_looked_is_resolved(void **state)
{
    (void)state;
    assert_int_equal(rules_restore(&rules, KIND_AGENT_OFFLINE, "agent/7", 7, "acme", "hq"), 0);
    assert_int_equal(rules_restore(&rules, KIND_AGENT_CLONED, "agent/8", 8, "acme", "hq"), 0);
    assert_int_equal(rules_restore(&rules, KIND_SITE_SILENT, "site/acme/hq", 0, "acme", "hq"), 0);
    enter(7, STATE_ONLINE, 0);
    expect(0, "-site-silent site/acme/hq -agent-offline agent/7 -agent-cloned agent/8");
}

static void more_than_fits_comes_with_the_next_judgement(void **state)
{
    (void)state;
    const uint32_t count = 10000;
    size_t opened = 0;
    for (uint32_t i = 1; i <= count; i++)
        enter(i, STATE_OFFLINE, 0);
    bool more = true;
    for (int turn = 0; more && turn < 20; turn++) {
        more = rules_judge(&rules, at(LIMIT_S).mono_ms, &changes);
        opened += changes.n;
    }
    assert_false(more);
    assert_int_equal(opened, count);
    expect(LIMIT_S + 1, "");
}

static void an_agent_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    const struct observation seen = { .what = OBSERVED_STATE, .agent = UINT32_MAX - 1, .state = STATE_OFFLINE };
    const struct instant now = at(0);
    assert_int_equal(rules_observe(&rules, &seen, &now), -1);
    expect(LIMIT_S * 2, "");
}

static void audit_is_missed_after_a_while_and_welcomed_back(void **state)
{
    (void)state;
    rules_judge_audit(&rules, false, MONO, &changes);
    assert_int_equal(changes.n, 0);
    rules_judge_audit(&rules, true, MONO + 20000, &changes);
    rules_judge_audit(&rules, true, MONO + 20000 + AUDIT_STEADY_MS, &changes);
    rules_judge_audit(&rules, false, MONO + 26000, &changes);
    rules_judge_audit(&rules, false, MONO + SILENT_MS + 25999, &changes);
    assert_int_equal(changes.n, 0);
    rules_judge_audit(&rules, false, MONO + SILENT_MS + 26000, &changes);
    assert_int_equal(changes.n, 1);
    assert_true(changes.items[0].opened);
    rules_judge_audit(&rules, false, MONO + SILENT_MS + 27000, &changes);
    assert_int_equal(changes.n, 0);
    rules_judge_audit(&rules, true, MONO + SILENT_MS + 28000, &changes);
    rules_judge_audit(&rules, true, MONO + SILENT_MS + 27999 + AUDIT_STEADY_MS, &changes);
    assert_int_equal(changes.n, 0);
    rules_judge_audit(&rules, true, MONO + SILENT_MS + 28000 + AUDIT_STEADY_MS, &changes);
    assert_int_equal(changes.n, 1);
    assert_false(changes.items[0].opened);
}

/* Killed and restarted again and again: there for a moment, and no use to anybody. */
static void an_audit_that_flaps_is_silent(void **state)
{
    (void)state;
    size_t opened = 0, resolved = 0;
    for (int64_t ms = 0; ms < 3 * SILENT_MS; ms += 1000) {
        rules_judge_audit(&rules, ms % 12000 > 8000, MONO + ms, &changes);
        opened += changes.n && changes.items[0].opened;
        resolved += changes.n && !changes.items[0].opened;
    }
    assert_int_equal(opened, 1);
    assert_int_equal(resolved, 0);
}

static void watch(uint32_t agent, const char *name, enum level level)
{
    const struct instant now = at(0);
    struct observation seen = { .what = OBSERVED_WATCH, .agent = agent, .watch = name, .level = level };
    snprintf(seen.text, sizeof(seen.text), "%s: why", name);
    assert_int_equal(rules_observe(&rules, &seen, &now), 0);
}

static void a_watch_has_the_alert_of_its_level(void **state)
{
    (void)state;
    enrol(7, "acme", "hq");
    watch(7, "root", LEVEL_OK);
    expect(0, "");
    watch(7, "root", LEVEL_WARNING);
    watch(7, "cpu", LEVEL_UNKNOWN);
    expect(0, "+watch-unknown agent/7/cpu +watch-warning agent/7/root");
    watch(7, "root", LEVEL_CRITICAL);
    expect(1, "-watch-warning agent/7/root +watch-critical agent/7/root");
    assert_string_equal(changes.items[1].text, "root: why");
    assert_string_equal(changes.items[1].place->tenant, "acme");
    expect(2, "");
    watch(7, "root", LEVEL_OK);
    watch(7, "cpu", LEVEL_OK);
    expect(3, "-watch-unknown agent/7/cpu -watch-critical agent/7/root");
    expect(4, "");
    assert_int_equal(rules.watches.n, 2);
    watch(7, "root", LEVEL_WARNING);
    expect(5, "+watch-warning agent/7/root");
    assert_int_equal(rules.watches.n, 1); /* what is well takes no memory */
}

static void watches_are_quiet_in_maintenance(void **state)
{
    (void)state;
    enrol(7, "acme", "hq");
    watch(7, "old", LEVEL_WARNING);
    expect(0, "+watch-warning agent/7/old");
    enter(7, STATE_MAINTENANCE, 1);
    watch(7, "old", LEVEL_CRITICAL);
    watch(7, "new", LEVEL_CRITICAL);
    expect(1, "");
    watch(7, "old", LEVEL_OK);
    expect(2, "-watch-warning agent/7/old");
    enter(7, STATE_ONLINE, 3);
    expect(3, "+watch-critical agent/7/new");
}

static void watches_of_a_retired_agent_are_over(void **state)
{
    (void)state;
    enrol(7, "acme", "hq");
    watch(7, "root", LEVEL_CRITICAL);
    expect(0, "+watch-critical agent/7/root");
    enter(7, STATE_RETIRED, 1);
    expect(1, "-watch-critical agent/7/root");
    expect(2, "");
}

static void watches_alerts_are_restored(void **state)
{
    (void)state;
    enrol(7, "acme", "hq");
    watch(7, "root", LEVEL_CRITICAL);
    assert_int_equal(rules_restore(&rules, KIND_WATCH_CRITICAL, "agent/7/root", 7, "acme", "hq"), 0);
    assert_int_equal(rules_restore(&rules, KIND_WATCH_WARNING, "agent/7/gone", 7, "acme", "hq"), 0);
    expect(0, "-watch-warning agent/7/gone");
}

static void more_watches_than_fit_come_with_the_next_judgement(void **state)
{
    (void)state;
    size_t opened = 0;
    for (uint32_t i = 1; i <= 3000; i++)
        watch(i, "root", LEVEL_CRITICAL);
    bool more = true;
    for (int turn = 0; more && turn < 20; turn++) {
        more = rules_judge(&rules, at(1).mono_ms, &changes);
        opened += changes.n;
    }
    assert_false(more);
    assert_int_equal(opened, 3000);
    expect(2, "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(offline_beyond_the_limit_is_raised_once_and_resolved),
        CASE(back_in_time_raises_nothing),
        CASE(what_was_said_raises_nothing_and_resolves),
        CASE(a_watch_has_the_alert_of_its_level),
        CASE(watches_are_quiet_in_maintenance),
        CASE(watches_of_a_retired_agent_are_over),
        CASE(watches_alerts_are_restored),
        CASE(more_watches_than_fit_come_with_the_next_judgement),
        CASE(a_tenant_has_its_own_limit_and_may_change_it),
        CASE(a_step_of_the_wall_clock_raises_nothing),
        CASE(an_absence_that_began_before_we_did_counts_from_its_beginning),
        CASE(a_silent_site_is_one_alert),
        CASE(an_agent_registered_in_bulk_belongs_where_its_absence_says),
        CASE(an_alert_from_before_the_site_fell_silent_stays),
        CASE(a_site_without_anybody_to_be_heard_is_not_silent),
        CASE(a_copied_identity_is_over_after_an_hour_of_quiet),
        CASE(two_histories_stand_until_one_is_followed_again),
        CASE(a_broken_chain_is_shown_for_a_day),
        CASE(what_was_open_is_not_raised_again),
        CASE(what_ended_while_nobody_looked_is_resolved),
        CASE(more_than_fits_comes_with_the_next_judgement),
        CASE(an_agent_beyond_the_limit_is_refused),
        CASE(audit_is_missed_after_a_while_and_welcomed_back),
        CASE(an_audit_that_flaps_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
