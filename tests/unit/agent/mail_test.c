#include "agent/mail.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static const struct stream_place first = { 9, 1 }, second = { 9, 2 };

static int begin(void **state)
{
    return enter_place(state) || mail_open(NULL);
}

static size_t count(const char *folder, struct mail_name **ret)
{
    size_t n;
    assert_int_equal(mail_list(folder, ret, &n, NULL), 0);
    return n;
}

static void what_comes_twice_is_there_once(void **state)
{
    (void)state;
    struct mail_name *names;
    char *text;
    size_t bytes;
    assert_int_equal(mail_keep("one", 3, NULL) || mail_keep("two", 3, NULL) || mail_keep("one", 3, NULL), 0);
    assert_int_equal(count(MAIL_IN_DIR, &names), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mail_read(MAIL_IN_DIR, names[i].text, &text, &bytes, NULL), 0);
        assert_int_equal(bytes, 3);
        free(text);
        mail_remove(MAIL_IN_DIR, names[i].text);
    }
    free(names);
    assert_int_equal(count(MAIL_IN_DIR, &names), 0);
    free(names);
}

static void too_many_are_left_on_the_server(void **state)
{
    (void)state;
    struct problem problem;
    for (unsigned i = 0; i < MAIL_IN_MAX; i++)
        assert_int_equal(mail_keep(&i, sizeof(i), NULL), 0);
    assert_int_equal(mail_keep("more", 4, &problem), -1);
    assert_string_equal(problem.code, "mail-full");
}

static void a_draft_goes_out_if_its_place_was_used(void **state)
{
    (void)state;
    struct mail_name *names;
    enum addressee addressee;
    assert_int_equal(mail_draft(ADDRESSEE_SCHEDULER, first, "1", 1, NULL), 0);
    assert_int_equal(mail_draft(ADDRESSEE_SCHEDULER, second, "2", 1, NULL), 0);
    assert_int_equal(count(MAIL_OUT_DIR, &names), 0);
    assert_false(mail_waits(MAIL_OUT_DIR));
    free(names);
    /* As after a crash: the first place was written down, the second was not. */
    assert_int_equal(mail_settle(ADDRESSEE_SCHEDULER, first, NULL), 0);
    assert_int_equal(count(MAIL_OUT_DIR, &names), 1);
    assert_true(mail_waits(MAIL_OUT_DIR));
    assert_string_equal(names[0].text, "scheduler.00000000000000000009.00000000000000000001");
    assert_int_equal(mail_addressee(names[0].text, &addressee), 0);
    assert_int_equal(addressee, ADDRESSEE_SCHEDULER);
    free(names);
    assert_int_equal(mail_settle(ADDRESSEE_SCHEDULER, second, NULL), 0);
    assert_int_equal(count(MAIL_OUT_DIR, &names), 1);
    free(names);
}

static void a_stream_is_listed_in_its_order(void **state)
{
    (void)state;
    struct mail_name *names;
    for (uint64_t i = 12; i > 0; i--) {
        const struct stream_place at = { 9, i };
        assert_int_equal(
            mail_draft(ADDRESSEE_SCHEDULER, at, "x", 1, NULL) || mail_send(ADDRESSEE_SCHEDULER, at, NULL), 0);
    }
    assert_int_equal(count(MAIL_OUT_DIR, &names), 12);
    for (unsigned i = 1; i < 12; i++)
        assert_true(strcmp(names[i - 1].text, names[i].text) < 0);
    free(names);
}

static void a_restored_state_is_noted_until_streams_begin_anew(void **state)
{
    (void)state;
    assert_false(mail_was_restored());
    assert_int_equal(mail_note_restored(NULL), 0);
    assert_true(mail_was_restored());
    mail_begun_anew();
    assert_false(mail_was_restored());
}

static void other_names_are_nobodys(void **state)
{
    (void)state;
    enum addressee addressee;
    static const char *const names[] = { "", "scheduler", "scheduler.1.1",
        "audit.00000000000000000009.00000000000000000001", "scheduler.00000000000000000009.0000000000000000000x",
        "scheduler.00000000000000000009.00000000000000000001x" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(mail_addressee(names[i], &addressee), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_comes_twice_is_there_once, begin, leave_place),
        cmocka_unit_test_setup_teardown(too_many_are_left_on_the_server, begin, leave_place),
        cmocka_unit_test_setup_teardown(a_draft_goes_out_if_its_place_was_used, begin, leave_place),
        cmocka_unit_test_setup_teardown(a_stream_is_listed_in_its_order, begin, leave_place),
        cmocka_unit_test_setup_teardown(a_restored_state_is_noted_until_streams_begin_anew, begin, leave_place),
        cmocka_unit_test_setup_teardown(other_names_are_nobodys, begin, leave_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
