#include "tests/unit/ingest/fleet.h"

#include "lib/beat.h"

static struct test_fleet fleet;

static int set_up(void **state)
{
    (void)state;
    memset(&fleet, 0, sizeof(fleet));
    fleet_open(&fleet, 200);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fleet_close(&fleet);
    return 0;
}

static void beat(uint32_t agent, uint8_t flags)
{
    presence_beat(&fleet.presence, agent, flags, fleet.wall_ms);
}

/* Wait until an agent is in a state; how long it took. */
static int64_t wait_for(uint32_t agent, enum state state)
{
    int64_t began = fleet.mono_ms;
    while (fleet_state(&fleet, agent) != state && fleet.mono_ms - began < 700000)
        fleet_pass(&fleet, 25);
    return fleet.mono_ms - began;
}

static void test_late_at_20_s_offline_at_45_s_never_early(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++) {
        fleet_pass(&fleet, 1000 + i * 25); /* at every place within a tick */
        beat(7, 0);
        int64_t beaten = fleet.mono_ms;
        assert_int_equal(fleet_state(&fleet, 7), STATE_ONLINE);
        wait_for(7, STATE_LATE);
        assert_in_range(fleet.mono_ms - beaten, 20000, 20000 + TICK_MS);
        wait_for(7, STATE_OFFLINE);
        assert_in_range(fleet.mono_ms - beaten, 45000, 45000 + TICK_MS);
    }
}

/* A fleet that comes back would otherwise have its blocks read again for each of its agents. */
static void test_who_comes_makes_its_block_due_with_it(void **state)
{
    (void)state;
    const uint16_t *due = &fleet.hot.due[0];
    fleet_pass(&fleet, 20000);
    uint16_t now = (uint16_t)presence_clock_tick(&fleet.clock);
    assert_true((uint16_t)(*due - now) > presence_usual_limits.late); /* nobody is live there */
    beat(3, 0);
    assert_int_equal((uint16_t)(*due - now), presence_usual_limits.late);
    fleet_pass(&fleet, 10000);
    beat(4, 0);
    assert_int_equal((uint16_t)(*due - now), presence_usual_limits.late); /* 3 is due before 4 */
}

/* Losses hold up some agents of most blocks: reading ten million of them in each tick loses more. */
static void test_who_is_held_up_by_losses_is_not_read_in_each_tick(void **state)
{
    (void)state;
    beat(3, 0);
    int64_t beaten = fleet.mono_ms;
    fleet_pass(&fleet, 19000);
    presence_clock_heard(&fleet.clock, 900, 100); /* now one missed beat means nothing, and 45 s what they always mean */
    fleet_pass(&fleet, 1500);
    assert_int_equal(fleet_state(&fleet, 3), STATE_ONLINE);
    assert_true((uint16_t)(fleet.hot.due[0] - (uint16_t)presence_clock_tick(&fleet.clock)) > 1);
    wait_for(3, STATE_OFFLINE);
    assert_in_range(fleet.mono_ms - beaten, 45000, 50000);
}

static void test_beats_keep_an_agent_online(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        beat(3, 0);
        fleet_pass(&fleet, 15000);
        assert_int_equal(fleet_state(&fleet, 3), STATE_ONLINE);
    }
    assert_int_equal(fleet.presence.n_changed, 1);
}

static void test_offline_for_days_stays_offline(void **state)
{
    (void)state;
    beat(3, 0);
    fleet_pass(&fleet, 46000);
    int64_t last_seen = presence_last_seen(&fleet.presence, 3);
    fleet_pass(&fleet, 3 * 8192 * 1000); /* ticks have wrapped around three times */
    assert_int_equal(fleet_state(&fleet, 3), STATE_OFFLINE);
    assert_int_equal(presence_last_seen(&fleet.presence, 3), last_seen);
    beat(3, 0);
    assert_int_equal(fleet_state(&fleet, 3), STATE_ONLINE);
}

static void test_goodbye_is_said_and_lasts(void **state)
{
    (void)state;
    beat(3, 0);
    fleet_pass(&fleet, 5000);
    beat(3, BEAT_GOODBYE);
    assert_int_equal(fleet_state(&fleet, 3), STATE_GOODBYE);
    fleet_pass(&fleet, 100000);
    assert_int_equal(fleet_state(&fleet, 3), STATE_GOODBYE);
    beat(3, BEAT_HELLO);
    assert_int_equal(fleet_state(&fleet, 3), STATE_ONLINE);
}

static void test_updating_ends_by_a_beat_or_after_ten_minutes(void **state)
{
    (void)state;
    beat(3, BEAT_UPDATING);
    beat(4, BEAT_UPDATING);
    fleet_pass(&fleet, 300000);
    assert_int_equal(fleet_state(&fleet, 3), STATE_UPDATING);
    beat(3, 0);
    assert_int_equal(fleet_state(&fleet, 3), STATE_ONLINE);
    assert_in_range(wait_for(4, STATE_OFFLINE), 300000, 300000 + TICK_MS);
}

static void test_maintenance_covers_the_truth(void **state)
{
    (void)state;
    beat(3, 0);
    beat(4, 0);
    presence_maintenance(&fleet.presence, 3, true, fleet.wall_ms);
    presence_maintenance(&fleet.presence, 4, true, fleet.wall_ms);
    presence_maintenance(&fleet.presence, 5, true, fleet.wall_ms);
    size_t changed = fleet.presence.n_changed;
    fleet_pass(&fleet, 8200 * 1000);
    beat(4, 0);
    assert_int_equal(fleet_state(&fleet, 3), STATE_MAINTENANCE);
    for (size_t i = changed; i < fleet.presence.n_changed; i++)
        assert_int_equal(fleet.presence.changed[i].state, fleet.presence.changed[i].before);
    /* Who reads them learns when their beats say nothing of when they were heard last. */
    const struct pulse *pulse = fleet.hot.pulse;
    assert_true(presence_unheard(pulse[3].state) && !presence_unheard(pulse[4].state) && presence_unheard(pulse[5].state));
    assert_int_equal(fleet.presence.changed[fleet.presence.n_changed - 1].agent, 4);
    assert_int_equal(presence_last_seen(&fleet.presence, 5), 0);
    for (uint32_t agent = 3; agent <= 5; agent++)
        presence_maintenance(&fleet.presence, agent, false, fleet.wall_ms);
    assert_int_equal(fleet_state(&fleet, 3), STATE_OFFLINE);
    assert_int_equal(fleet_state(&fleet, 4), STATE_ONLINE);
    assert_int_equal(fleet_state(&fleet, 5), STATE_NEVER);
    assert_false(fleet.sites.all[1].silent);
}

static void test_retired_is_final(void **state)
{
    (void)state;
    beat(3, 0);
    presence_maintenance(&fleet.presence, 3, true, fleet.wall_ms);
    presence_retire(&fleet.presence, 3, fleet.wall_ms);
    fleet_pass(&fleet, 60000);
    assert_int_equal(fleet_state(&fleet, 3), STATE_RETIRED);
    assert_int_equal(fleet.presence.agents[STATE_RETIRED], 1);
}

static void test_a_full_queue_says_so(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        for (uint32_t agent = 1; agent <= 200; agent++)
            beat(agent, i % 2 ? BEAT_GOODBYE : 0);
        if (i == 15)
            fleet_pass(&fleet, 60000); /* so often in one minute they would not be heard */
    }
    assert_int_equal(fleet.presence.n_changed, CHANGES_MAX);
    assert_true(fleet.presence.changes_lost);
}

static void test_finds_what_is_not_announced(void **state)
{
    (void)state;
    const struct pulse *pulses = fleet.hot.pulse;
    assert_int_equal(presence_next_unannounced(pulses, 1, 201), 201);
    beat(150, 0);
    beat(77, 0);
    assert_int_equal(presence_next_unannounced(pulses, 1, 201), 77);
    presence_announced_set(&fleet.presence, 77, STATE_ONLINE);
    assert_int_equal(presence_next_unannounced(pulses, 1, 201), 150);
    presence_announced_set(&fleet.presence, 150, STATE_ONLINE);
    presence_maintenance(&fleet.presence, 77, true, fleet.wall_ms);
    assert_int_equal(presence_next_unannounced(pulses, 1, 201), 77);
    presence_announced_set(&fleet.presence, 77, STATE_MAINTENANCE);
    assert_int_equal(presence_next_unannounced(pulses, 1, 201), 201);
    assert_int_equal(presence_announced(pulses[150].state), STATE_ONLINE);
    assert_int_equal(fleet_state(&fleet, 77), STATE_MAINTENANCE);
}

static void test_restores_after_a_kill(void **state)
{
    (void)state;
    beat(3, 0);
    beat(4, 0);
    fleet_pass(&fleet, 30000);
    beat(3, 0);
    int64_t last_seen = presence_last_seen(&fleet.presence, 3);
    /* The process is gone for an hour; the arrays are as they were. */
    fleet.wall_ms += 3600000;
    fleet.mono_ms += 3600000;
    fleet.presence = (struct presence){ .hot = &fleet.hot, .clock = &fleet.clock, .sites = &fleet.sites };
    fleet.sites.all[1].live = 0;
    presence_clock_resume(&fleet.clock, fleet.hot.clock, fleet.mono_ms, fleet.wall_ms);
    presence_restore(&fleet.presence);
    assert_int_equal(fleet.presence.agents[STATE_ONLINE], 1);
    assert_int_equal(fleet.presence.agents[STATE_LATE], 1);
    assert_int_equal(fleet.sites.all[1].live, 2);
    assert_in_range(presence_last_seen(&fleet.presence, 3), last_seen - TICK_MS, last_seen);
    fleet_pass(&fleet, 14000);
    beat(3, 0);
    beat(4, 0);
    fleet_pass(&fleet, 10000);
    assert_int_equal(fleet_state(&fleet, 3), STATE_ONLINE);
    assert_int_equal(fleet_state(&fleet, 4), STATE_ONLINE);
}

/* After a power cut a file may hold anything; nothing of it stays undecided for ever. */
static void test_restores_from_nonsense(void **state)
{
    (void)state;
    for (uint32_t agent = 1; agent <= 200; agent++) {
        fleet.hot.pulse[agent].state = (uint8_t)(agent * 37);
        fleet.hot.pulse[agent].seen = (uint16_t)(agent * 12345);
    }
    fleet.presence = (struct presence){ .hot = &fleet.hot, .clock = &fleet.clock, .sites = &fleet.sites };
    presence_restore(&fleet.presence);
    int64_t sum = 0;
    for (int i = 0; i < STATE_COUNT; i++)
        sum += fleet.presence.agents[i];
    assert_int_equal(sum, 200);
    fleet_pass(&fleet, 700000);
    for (uint32_t agent = 1; agent <= 200; agent++)
        assert_false(presence_live(presence_truth(fleet.hot.pulse[agent].state)));
}

static void test_an_agent_may_not_fill_the_log(void **state)
{
    (void)state;
    beat(3, 0);
    for (int i = 0; i < 1000; i++) {
        beat(3, i % 2 ? 0 : BEAT_GOODBYE);
        fleet_pass(&fleet, 25);
    }
    assert_in_range(fleet.presence.n_changed, 10, 20);
    fleet_pass(&fleet, 60000);
    beat(3, BEAT_UPDATING); /* what it says last is heard in the end */
    assert_int_equal(fleet_state(&fleet, 3), STATE_UPDATING);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_late_at_20_s_offline_at_45_s_never_early),
        TEST(test_who_comes_makes_its_block_due_with_it),
        TEST(test_who_is_held_up_by_losses_is_not_read_in_each_tick),
        TEST(test_beats_keep_an_agent_online),
        TEST(test_offline_for_days_stays_offline),
        TEST(test_goodbye_is_said_and_lasts),
        TEST(test_updating_ends_by_a_beat_or_after_ten_minutes),
        TEST(test_maintenance_covers_the_truth),
        TEST(test_retired_is_final),
        TEST(test_a_full_queue_says_so),
        TEST(test_finds_what_is_not_announced),
        TEST(test_an_agent_may_not_fill_the_log),
        TEST(test_restores_after_a_kill),
        TEST(test_restores_from_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
