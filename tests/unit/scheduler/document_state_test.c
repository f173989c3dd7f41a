#include "tests/unit/unit.h"

#include "services/scheduler/documents/state.h"

static void what_is_open_expires_and_not_before(void **state)
{
    (void)state;
    for (int open = DOCUMENT_STATE_DRAFT; open <= DOCUMENT_STATE_LOGGED; open++) {
        assert_int_equal(document_state_at(DOCUMENT_KIND_TASK, (enum document_state)open, 100, 99), open);
        assert_int_equal(
            document_state_at(DOCUMENT_KIND_TASK, (enum document_state)open, 100, 100), DOCUMENT_STATE_EXPIRED);
    }
}

static void what_is_over_stays_what_it_was(void **state)
{
    (void)state;
    for (int over = DOCUMENT_STATE_STOPPED; over < DOCUMENT_STATE_COUNT; over++)
        assert_int_equal(document_state_at(DOCUMENT_KIND_TASK, (enum document_state)over, 100, 1000), over);
}

static void what_stops_or_is_followed_stays_in_force(void **state)
{
    (void)state;
    static const enum document_kind kinds[] = { DOCUMENT_KIND_FREEZE, DOCUMENT_KIND_UNFREEZE, DOCUMENT_KIND_REVOCATION,
        DOCUMENT_KIND_TRUST, DOCUMENT_KIND_STATUS, DOCUMENT_KIND_SUCCESSION };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        assert_int_equal(document_state_at(kinds[i], DOCUMENT_STATE_LOGGED, 100, 1000), DOCUMENT_STATE_LOGGED);
        assert_int_equal(document_state_at(kinds[i], DOCUMENT_STATE_DRAFT, 100, 1000), DOCUMENT_STATE_EXPIRED);
    }
}

static void what_has_ended_is_not_cancelled(void **state)
{
    (void)state;
    for (int one = 0; one < DOCUMENT_STATE_COUNT; one++) {
        bool open = one <= DOCUMENT_STATE_LOGGED;
        assert_int_equal(document_state_cancelled((enum document_state)one),
            open ? DOCUMENT_STATE_CANCELLED : (enum document_state)one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open_expires_and_not_before),
        cmocka_unit_test(what_is_over_stays_what_it_was),
        cmocka_unit_test(what_stops_or_is_followed_stays_in_force),
        cmocka_unit_test(what_has_ended_is_not_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
