#include "tests/unit/unit.h"

#include "services/backup/orders/state.h"

static void test_orders_move_forward_and_end_once(void **state)
{
    (void)state;
    assert_true(order_state_may(BACKUP_STATE_ORDERED, BACKUP_STATE_SENT));
    assert_true(order_state_may(BACKUP_STATE_SENT, BACKUP_STATE_RUNNING));
    assert_true(order_state_may(BACKUP_STATE_WAITING, BACKUP_STATE_REFUSED));
    assert_false(order_state_may(BACKUP_STATE_RUNNING, BACKUP_STATE_TAKEN));
    assert_false(order_state_may(BACKUP_STATE_RUNNING, BACKUP_STATE_RUNNING));
    assert_false(order_state_may(BACKUP_STATE_REFUSED, BACKUP_STATE_FAILED));
    assert_false(order_state_may(BACKUP_STATE_DONE, BACKUP_STATE_FAILED));
}

static void test_what_was_our_guess_gives_way(void **state)
{
    (void)state;
    assert_true(order_state_may(BACKUP_STATE_MISSED, BACKUP_STATE_TAKEN));
    assert_true(order_state_may(BACKUP_STATE_MISSED, BACKUP_STATE_RUNNING));
    assert_true(order_state_may(BACKUP_STATE_FAILED, BACKUP_STATE_DONE));
}

static void test_only_what_was_not_begun_is_missed(void **state)
{
    (void)state;
    for (int from = 0; from < BACKUP_STATE_COUNT; from++) {
        bool open = from == BACKUP_STATE_ORDERED || from == BACKUP_STATE_SENT || from == BACKUP_STATE_TAKEN ||
                    from == BACKUP_STATE_WAITING;
        assert_int_equal(order_state_may((enum backup_state)from, BACKUP_STATE_MISSED), open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_move_forward_and_end_once),
        cmocka_unit_test(test_what_was_our_guess_gives_way),
        cmocka_unit_test(test_only_what_was_not_begun_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
