#define DATABASE_SCHEMA alert_schema
#include "tests/unit/database.h"

#include "services/alert/alerts.h"
#include "services/alert/kept.h"

#define WALL INT64_C(1800000000000)
#define MONO INT64_C(5000000)

static struct rules rules;
static struct changes changes;
static const struct instant now = { WALL, MONO };

static void load(void)
{
    rules_open(&rules, 300, 30);
    assert_int_equal(kept_load(records, &rules, &now, NULL), 0);
}

static void restart(void)
{
    rules_free(&rules);
    database_restart();
    load();
}

static int begin(void **state)
{
    database_begin(state);
    load();
    return 0;
}

static int end(void **state)
{
    rules_free(&rules);
    return database_end(state);
}

static void observe_both(const struct observation *seen)
{
    kept_observe(records, seen);
    assert_int_equal(rules_observe(&rules, seen, &now), 0);
}

static void observe_offline(uint32_t agent, int64_t since_ms)
{
    const struct observation enrolled = {
        .what = OBSERVED_ENROLLED, .agent = agent, .tenant = "acme", .site = "hq", .time_ms = WALL
    };
    const struct observation offline = {
        .what = OBSERVED_STATE, .agent = agent, .state = STATE_OFFLINE, .tenant = "acme", .time_ms = since_ms
    };
    observe_both(&enrolled);
    observe_both(&offline);
}

static uint64_t judge_one(void)
{
    rules_judge(&rules, MONO, &changes);
    assert_int_equal(changes.n, 1);
    return alerts_change(records, &changes.items[0], WALL);
}

static void the_cursor_moves_with_what_the_events_did(void **state)
{
    (void)state;
    assert_int_equal(kept_cursor(records, CLASS_FLEET), 0);
    kept_set_cursor(records, CLASS_FLEET, 42);
    restart();
    assert_int_equal(kept_cursor(records, CLASS_FLEET), 42);
    assert_int_equal(kept_cursor(records, CLASS_ALERT), 0);
}

static void an_open_alert_survives_a_restart_and_is_not_raised_again(void **state)
{
    (void)state;
    observe_offline(7, WALL - 400000);
    assert_int_equal(judge_one(), 1);
    restart();
    rules_judge(&rules, MONO, &changes);
    assert_int_equal(changes.n, 0);
    const struct observation online = { .what = OBSERVED_STATE, .agent = 7, .state = STATE_ONLINE, .time_ms = WALL };
    observe_both(&online);
    assert_int_equal(judge_one(), 1);
    struct alert_record alert;
    assert_true(alerts_find(records, 1, &alert));
    assert_int_equal(alert.resolved_ms, WALL);
}

static void what_is_not_yet_due_is_raised_after_a_restart(void **state)
{
    (void)state;
    observe_offline(7, WALL - 299000);
    rules_judge(&rules, MONO, &changes);
    assert_int_equal(changes.n, 0);
    restart();
    rules_judge(&rules, MONO + 1000, &changes);
    assert_int_equal(changes.n, 1);
    assert_string_equal(changes.items[0].place->site, "hq");
}

static void limits_survive_a_restart(void **state)
{
    (void)state;
    kept_limit(records, "acme", 60);
    restart();
    observe_offline(7, WALL - 61000);
    judge_one();
    assert_int_equal(changes.items[0].after_s, 60);
}

static void a_silent_site_survives_a_restart_until_it_is_heard(void **state)
{
    (void)state;
    observe_offline(7, WALL);
    const struct observation silent = { .what = OBSERVED_SILENT, .tenant = "acme", .site = "hq", .time_ms = WALL };
    observe_both(&silent);
    judge_one();
    assert_int_equal(changes.items[0].kind, KIND_SITE_SILENT);
    restart();
    rules_judge(&rules, MONO, &changes);
    assert_int_equal(changes.n, 0);
    const struct observation online = { .what = OBSERVED_STATE, .agent = 7, .state = STATE_ONLINE, .time_ms = WALL };
    observe_both(&online);
    judge_one();
    assert_false(changes.items[0].opened);
    restart();
    rules_judge(&rules, MONO, &changes);
    assert_int_equal(changes.n, 0);
}

static char told[128];

static void tell(void *arg, uint64_t alert, bool resolved)
{
    (void)arg;
    size_t length = strlen(told);
    snprintf(told + length, sizeof(told) - length, "%c%u ", resolved ? '-' : '+', (unsigned)alert);
}

static void expect_unlogged(const char *want)
{
    told[0] = '\0';
    alerts_each_unlogged(records, tell, NULL);
    assert_string_equal(told, want);
}

static void what_is_not_in_the_log_yet_is_known(void **state)
{
    (void)state;
    observe_offline(7, WALL - 400000);
    judge_one();
    expect_unlogged("+1 ");
    alerts_logged(records, 1, false);
    expect_unlogged("");
    const struct observation online = { .what = OBSERVED_STATE, .agent = 7, .state = STATE_ONLINE, .time_ms = WALL };
    observe_both(&online);
    judge_one();
    observe_offline(8, WALL - 400000);
    judge_one();
    restart();
    expect_unlogged("-1 +2 ");
    alerts_logged(records, 1, true);
    alerts_logged(records, 2, false);
    expect_unlogged("");
}

static void alerts_are_listed_newest_first(void **state)
{
    (void)state;
    struct alert_record listed[4];
    observe_offline(7, WALL - 400000);
    judge_one();
    observe_offline(8, WALL - 400000);
    judge_one();
    const struct observation online = { .what = OBSERVED_STATE, .agent = 7, .state = STATE_ONLINE, .time_ms = WALL };
    observe_both(&online);
    judge_one();
    assert_int_equal(alerts_list(records, NULL, -1, listed, 4), 2);
    assert_int_equal(listed[0].agent, 8);
    assert_string_equal(listed[0].tenant, "acme");
    assert_string_equal(listed[0].reason, "the agent is offline for longer than 300 s");
    assert_int_equal(alerts_list(records, "acme", 1, listed, 4), 1);
    assert_int_equal(listed[0].agent, 8);
    assert_int_equal(alerts_list(records, NULL, 0, listed, 4), 1);
    assert_int_equal(listed[0].agent, 7);
    assert_int_equal(alerts_list(records, "other", -1, listed, 4), 0);
    assert_int_equal(alerts_list(records, NULL, -1, listed, 1), 1);
}

static void old_resolved_alerts_are_forgotten_and_open_ones_kept(void **state)
{
    (void)state;
    struct alert_record listed[4];
    observe_offline(7, WALL - 400000);
    judge_one();
    const struct observation online = { .what = OBSERVED_STATE, .agent = 7, .state = STATE_ONLINE, .time_ms = WALL };
    observe_both(&online);
    judge_one();
    observe_offline(8, WALL - 400000);
    judge_one();
    alerts_forget(records, WALL + 1);
    assert_int_equal(alerts_list(records, NULL, -1, listed, 4), 2); /* not announced yet */
    alerts_logged(records, 1, true);
    alerts_forget(records, WALL + 1);
    assert_int_equal(alerts_list(records, NULL, -1, listed, 4), 1);
    assert_int_equal(listed[0].agent, 8);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_cursor_moves_with_what_the_events_did),
        CASE(an_open_alert_survives_a_restart_and_is_not_raised_again),
        CASE(what_is_not_yet_due_is_raised_after_a_restart),
        CASE(limits_survive_a_restart),
        CASE(a_silent_site_survives_a_restart_until_it_is_heard),
        CASE(what_is_not_in_the_log_yet_is_known),
        CASE(alerts_are_listed_newest_first),
        CASE(old_resolved_alerts_are_forgotten_and_open_ones_kept),
    };
    return cmocka_run_group_tests(tests, database_open, database_close);
}
