#include "tests/unit/unit.h"

#include <stdlib.h>

#include "services/ingest/presence/losses.h"

static struct losses losses;

static int set_up(void **state)
{
    (void)state;
    losses = (struct losses){ 0 };
    return 0;
}

/* Seconds [from, to) each lose `dropped` of 1,000. */
static void lose(int64_t from, int64_t to, uint64_t dropped)
{
    for (int64_t second = from; second < to; second++)
        losses_add(&losses, second * 1000, 1000 - dropped, dropped);
}

static void test_one_without_loss(void **state)
{
    (void)state;
    assert_int_equal(losses_misses(&losses, 0), 1);
    assert_int_equal(losses_misses(&losses, 16000000), 1);
    lose(0, 100, 0);
    assert_int_equal(losses_misses(&losses, 16000000), 1);
}

static void test_more_the_more_is_lost(void **state)
{
    (void)state;
    lose(0, 3600, 1);
    assert_int_equal(losses_misses(&losses, 1), 2);        /* 10^-6 */
    assert_int_equal(losses_misses(&losses, 900), 2);      /* 900 x 10^-6 */
    assert_int_equal(losses_misses(&losses, 10000000), 4); /* 10^7 x 10^-12 */
    lose(3600, 7200, 130);
    assert_int_equal(losses_misses(&losses, 10000000), 12); /* 10^7 x 0.13^12 = 0.0002 */
    lose(7200, 10800, 500);
    assert_int_equal(losses_misses(&losses, 10000000), 34); /* 10^7 x 2^-34 = 0.0006 */
    lose(10800, 14400, 950);
    assert_int_equal(losses_misses(&losses, 10000000), LOSSES_PERIODS + 1);
    lose(14400, 14416, 0);
    assert_int_equal(losses_misses(&losses, 10000000), 1); /* every agent could be heard since */
}

static void test_all_lost_is_never_judged(void **state)
{
    (void)state;
    lose(0, 3600, 1000);
    assert_int_equal(losses_misses(&losses, 1), LOSSES_PERIODS + 1);
}

static void test_a_burst_costs_one_beat(void **state)
{
    (void)state;
    lose(0, 100, 0);
    lose(100, 102, 900);
    assert_int_equal(losses_misses(&losses, 10000000), 2);
    lose(102, 114, 0);
    assert_int_equal(losses_misses(&losses, 10000000), 2);
    lose(114, 118, 0);
    assert_int_equal(losses_misses(&losses, 10000000), 1);
}

/* The same agents lose a beat in each period, however little is lost over all. */
static void test_bursts_a_period_apart_add_up(void **state)
{
    (void)state;
    for (int64_t second = 0; second < 300; second += 15) {
        lose(second, second + 1, 500);
        lose(second + 1, second + 15, 0);
    }
    lose(300, 301, 500);
    assert_int_equal(losses_misses(&losses, 1000), 18); /* of the 200 with a beat in or beside it: 2^-18 each */
}

static void test_a_long_pause_forgets(void **state)
{
    (void)state;
    lose(0, 3600, 500);
    lose(3600 + LOSSES_SECONDS, 3601 + LOSSES_SECONDS, 0);
    assert_int_equal(losses_misses(&losses, 1000), 1);
}

/* A fleet under changing loss: whoever is alive is never judged silent, whoever is not is in the end. */
static void test_never_wrong_about_a_fleet(void **state)
{
    (void)state;
    enum { AGENTS = 30000, DEAD = 100, SECONDS = 3000 };
    static int64_t heard[AGENTS];
    unsigned random = 7, found = 0;
    for (int64_t second = 0; second < SECONDS; second++) {
        uint64_t share = second / 300 % 3 == 2 ? 0 : second / 300 % 3 ? 130 : second % 15 < 3 ? 400 : 2;
        losses_add(&losses, second * 1000, 1000 - share, share);
        for (int64_t agent = second % 15; agent < AGENTS; agent += 15)
            if ((uint64_t)rand_r(&random) % 1000 >= share && (agent >= DEAD || second < 100))
                heard[agent] = second;
        int64_t silent = (losses_misses(&losses, AGENTS) + 1) * 15;
        found = 0;
        for (int64_t agent = 0; agent < AGENTS; agent++)
            if (second - heard[agent] >= (silent < 45 ? 45 : silent)) {
                assert_true(agent < DEAD && second > 100);
                found++;
            }
    }
    assert_int_equal(found, DEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_without_loss, set_up),
        cmocka_unit_test_setup(test_more_the_more_is_lost, set_up),
        cmocka_unit_test_setup(test_all_lost_is_never_judged, set_up),
        cmocka_unit_test_setup(test_a_burst_costs_one_beat, set_up),
        cmocka_unit_test_setup(test_bursts_a_period_apart_add_up, set_up),
        cmocka_unit_test_setup(test_a_long_pause_forgets, set_up),
        cmocka_unit_test_setup(test_never_wrong_about_a_fleet, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
