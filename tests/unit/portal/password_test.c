#include "tests/unit/unit.h"

#include "lib/problem.h"
#include "services/portal/accounts/password.h"

static void good_ones_pass(void **state)
{
    (void)state;
    struct problem problem;
    for (const char *const *good = (const char *const[]){ "a sentry in the morning fog", "kT8#mz!Qp0&vW2xL",
             "zwölf graue katzen", "correct horse battery staple, said nobody", NULL };
         *good; good++)
        assert_int_equal(password_check(*good, "alice", &problem), 0);
}

static void guessable_ones_do_not(void **state)
{
    (void)state;
    struct problem problem;
    for (const char *const *bad = (const char *const[]){ "short", "fifteen letters", "aaaaaaaaaaaaaaaaaaaa",
             "abc1abc1abc1abc1", "passwordpassword1", "1234567890123456", "qwertyuiopasdfgh", "Welcome123!Welcome2024",
             "abcdefghijklmnop", "correcthorsebatterystaple", "mynewsecretpassword", "Summer2026!Winter2027",
             "1qaz2wsx3edc4rfv", NULL };
         *bad; bad++) {
        assert_int_equal(password_check(*bad, "alice", &problem), -1);
        assert_string_equal(problem.code, "bad-password");
    }
    assert_int_equal(password_check("lieutenant.smith1", "lieutenant.smith", &problem), -1);
}

/* Sixteen characters, not bytes: eight umlauts are not enough. */
static void characters_are_counted(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(password_check("öäüßéèçñ", "alice", &problem), -1);
    assert_int_equal(password_check("öäüßéèçñøåïôêłőż", "alice", &problem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_pass),
        cmocka_unit_test(guessable_ones_do_not),
        cmocka_unit_test(characters_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
