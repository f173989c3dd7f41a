#include "tests/unit/unit.h"

#include "services/ingest/mailbox/rouse.h"

#define ROOM 20000
#define NOW INT64_C(5000000)

static struct rouse rouse;

static int begin(void **state)
{
    (void)state;
    return rouse_open(&rouse, ROOM, NULL);
}

static int end(void **state)
{
    (void)state;
    rouse_close(&rouse);
    return 0;
}

/* How many are woken at a time; each is told to have been. */
static unsigned wake_all(int64_t at_ms, enum rouse_outcome outcome)
{
    unsigned woken = 0;
    for (uint32_t agent; (agent = rouse_next(&rouse, at_ms)); woken++)
        rouse_tried(&rouse, agent, outcome, at_ms);
    return woken;
}

static void one_is_woken_at_once(void **state)
{
    (void)state;
    assert_int_equal(rouse_due_ms(&rouse, NOW), INT64_MAX);
    rouse_add(&rouse, 7, NOW);
    assert_int_equal(rouse_due_ms(&rouse, NOW), NOW);
    assert_int_equal(rouse_next(&rouse, NOW), 7);
    rouse_tried(&rouse, 7, ROUSE_SENT, NOW);
    rouse_came(&rouse, 7);
    assert_int_equal(wake_all(NOW + 10 * ROUSE_LONG_MS, ROUSE_SENT), 0);
}

static void a_lost_wake_is_sent_again_less_and_less_often(void **state)
{
    (void)state;
    int64_t at_ms = NOW, apart_ms = 0;
    rouse_add(&rouse, 7, at_ms);
    for (unsigned i = 0; i < 12; i++) {
        assert_int_equal(wake_all(at_ms, ROUSE_SENT), 1);
        int64_t next_ms = rouse_due_ms(&rouse, at_ms);
        assert_true(next_ms - at_ms >= apart_ms && next_ms - at_ms <= ROUSE_LONG_MS);
        assert_int_equal(wake_all(next_ms - 1, ROUSE_SENT), 0);
        apart_ms = next_ms - at_ms;
        at_ms = next_ms;
    }
    assert_int_equal(apart_ms, ROUSE_LONG_MS);
}

static void too_soon_is_a_second_later(void **state)
{
    (void)state;
    rouse_add(&rouse, 7, NOW);
    assert_int_equal(wake_all(NOW, ROUSE_TOO_SOON), 1);
    assert_int_equal(wake_all(NOW + ROUSE_SOON_MS - 1, ROUSE_SENT), 0);
    assert_int_equal(wake_all(NOW + ROUSE_SOON_MS, ROUSE_SENT), 1);
}

static void more_for_one_that_is_away_does_not_wake_it_more_often(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        rouse_add(&rouse, 7, NOW);
        rouse_add(&rouse, 7, NOW);
    }
    assert_int_equal(wake_all(NOW, ROUSE_AWAY), 1);
    assert_int_equal(wake_all(NOW + ROUSE_AGAIN_MS, ROUSE_AWAY), 1);
    /* New mail is tried at once, and the turn that it had before is none any more. */
    rouse_add(&rouse, 7, NOW + 6000);
    assert_int_equal(wake_all(NOW + 6000, ROUSE_AWAY), 1);
    assert_int_equal(wake_all(NOW + 6000 + ROUSE_AGAIN_MS - 1, ROUSE_AWAY), 0);
}

static void a_fan_out_is_paced(void **state)
{
    (void)state;
    unsigned woken = 0;
    for (uint32_t agent = 1; agent <= 10000; agent++)
        rouse_add(&rouse, agent, NOW);
    woken = wake_all(NOW, ROUSE_SENT);
    assert_int_equal(woken, ROUSE_BURST);
    for (int64_t at_ms = NOW; at_ms < NOW + 4000; at_ms += 10) {
        unsigned some = wake_all(at_ms, ROUSE_SENT);
        assert_true(some <= ROUSE_BURST);
        woken += some;
        assert_true(rouse_due_ms(&rouse, at_ms) > at_ms);
    }
    assert_in_range(woken, 4 * ROUSE_A_SECOND - ROUSE_BURST, 4 * ROUSE_A_SECOND + ROUSE_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_is_woken_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_lost_wake_is_sent_again_less_and_less_often, begin, end),
        cmocka_unit_test_setup_teardown(too_soon_is_a_second_later, begin, end),
        cmocka_unit_test_setup_teardown(more_for_one_that_is_away_does_not_wake_it_more_often, begin, end),
        cmocka_unit_test_setup_teardown(a_fan_out_is_paced, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
