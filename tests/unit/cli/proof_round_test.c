/* When backups are to be looked at, and by when the server is told that they will have been. */
#include "cli/prove/round.h"
#include "tests/unit/unit.h"

#define NOW INT64_C(1800000000000)
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

static void a_round_is_due_in_its_time(void **state)
{
    (void)state;
    struct proof_round round = { 0 };
    assert_int_equal(round_due(&round, WEEK, NOW), ROUND_BEGIN);
    round_begin(&round, NOW);
    assert_int_equal(round_due(&round, WEEK, NOW + HOUR), ROUND_GO_ON);
    assert_int_equal(round_due(&round, WEEK, NOW + 100 * WEEK), ROUND_GO_ON); /* however large it is */
    round_end(&round, NOW + HOUR);
    assert_int_equal(round_due(&round, WEEK, NOW + 2 * HOUR), ROUND_REST);
    assert_int_equal(round_due(&round, WEEK, NOW + 6 * DAY), ROUND_REST);
    assert_int_equal(round_due(&round, WEEK, NOW + WEEK - HOUR), ROUND_BEGIN); /* a timer that woke a little early */
    assert_int_equal(round_due(&round, WEEK, NOW - DAY), ROUND_BEGIN); /* a clock that was set back puts nothing off */
}

static void what_was_wrong_is_looked_at_again_and_begun_anew(void **state)
{
    (void)state;
    struct proof_round round = { 0 };
    round_begin(&round, NOW);
    round.read = true;
    assert_int_equal(round_due(&round, WEEK, NOW + DAY), ROUND_GO_ON);
    assert_int_equal(round_due(&round, WEEK, NOW + WEEK), ROUND_BEGIN);
    round_begin(&round, NOW + WEEK);
    assert_false(round.read);
    assert_int_equal(round.before_ms, 0); /* none has ended */
}

static void the_promise_has_room_for_the_next_round(void **state)
{
    (void)state;
    struct proof_round round = { 0 };
    round_begin(&round, NOW);
    round_end(&round, NOW + HOUR);
    assert_int_equal(round_next_by(&round, WEEK, NOW + HOUR), NOW + WEEK + HOUR + WEEK / 4);
    /* One of nine days begins anew as soon as it ends. */
    round_begin(&round, NOW);
    round_end(&round, NOW + 9 * DAY);
    assert_int_equal(round_next_by(&round, WEEK, NOW + 9 * DAY), NOW + 18 * DAY + WEEK / 4);
    round_begin(&round, NOW);
    round_end(&round, NOW + 200 * DAY);
    assert_int_equal(round_next_by(&round, WEEK, NOW + 200 * DAY), NOW + 200 * DAY + ROUND_PROMISE_MS);
    round_begin(&round, NOW);
    round_end(&round, NOW - HOUR); /* the clock was set back meanwhile */
    assert_int_equal(round.took_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_is_due_in_its_time),
        cmocka_unit_test(what_was_wrong_is_looked_at_again_and_begun_anew),
        cmocka_unit_test(the_promise_has_room_for_the_next_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
