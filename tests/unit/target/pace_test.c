#include "lib/target/pace.h"

#include "tests/unit/unit.h"

static void a_limit_is_kept_over_time(void **state)
{
    (void)state;
    struct pace pace = { .bytes_per_s = 1000000 };
    int64_t now_ms = 5000, begin_ms = now_ms;
    uint64_t moved = 0;
    for (int i = 0; i < 100; i++) {
        moved += 65536;
        now_ms += pace_wait_ms(&pace, 65536, now_ms);
    }
    /* Within a tenth of a second of what the rate says. */
    assert_in_range(now_ms - begin_ms, moved / 1000 - 100, moved / 1000 + 2);
}

static void idle_time_is_not_made_up_for(void **state)
{
    (void)state;
    struct pace pace = { .bytes_per_s = 1000 };
    assert_in_range(pace_wait_ms(&pace, 1000, 1000), 900, 1000);
    assert_int_equal(pace_wait_ms(&pace, 100, 1000000), 0);
    assert_in_range(pace_wait_ms(&pace, 1000, 1000000), 1000, 1000);
}

static void no_limit_no_wait(void **state)
{
    (void)state;
    struct pace pace = { 0 };
    assert_int_equal(pace_wait_ms(&pace, UINT64_MAX, 1), 0);
    pace.bytes_per_s = UINT64_MAX;
    assert_int_equal(pace_wait_ms(&pace, 1 << 30, 1000), 0);
}

static void pauses_grow_and_scatter(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 40; n++) {
        int64_t least = pace_again_ms(n, 0), most = least;
        for (uint32_t random = 0; random < 40000; random++) {
            int64_t pause = pace_again_ms(n, random);
            least = pause < least ? pause : least;
            most = pause > most ? pause : most;
        }
        assert_in_range(least, 250, 15000);
        assert_in_range(most, 500, 30000);
        assert_true(least * 2 <= most + 1);
        assert_true(n == 0 || pace_again_ms(n, 0) >= pace_again_ms(n - 1, 0));
    }
    assert_int_equal(pace_again_ms(1000, UINT32_MAX) <= 30000, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_kept_over_time),
        cmocka_unit_test(idle_time_is_not_made_up_for),
        cmocka_unit_test(no_limit_no_wait),
        cmocka_unit_test(pauses_grow_and_scatter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
