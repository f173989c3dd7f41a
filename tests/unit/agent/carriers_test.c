#include "agent/carry/carriers.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static int parse(const char *text, struct carriers *ret)
{
    return carriers_parse(text, strlen(text), ret, NULL);
}

static void carriers_are_tried_in_their_order(void **state)
{
    (void)state;
    struct carriers carriers;
    assert_int_equal(
        parse("# when the line is down\nhttps\n\ndrop /mnt/stick with blanks\npost /etc/vedette/post.conf", &carriers),
        0);
    assert_int_equal(carriers.n, 3);
    assert_int_equal(carriers.list[0].kind, CARRIER_HTTPS);
    assert_int_equal(carriers.list[1].kind, CARRIER_DROP);
    assert_string_equal(carriers.list[1].place, "/mnt/stick with blanks");
    assert_string_equal(carriers.list[2].place, "/etc/vedette/post.conf");
}

static void without_the_file_it_is_https(void **state)
{
    (void)state;
    struct carriers carriers;
    assert_int_equal(carriers_load(&carriers, NULL), 0);
    assert_int_equal(carriers.n, 1);
    assert_int_equal(carriers.list[0].kind, CARRIER_HTTPS);
}

static void what_is_not_understood_is_refused(void **state)
{
    (void)state;
    struct carriers carriers;
    static const char *const bad[] = { "", "# nothing\n", "pigeon\n", "https now\n", "drop\n", "drop relative\n",
        "drop \n", "https\nhttps\nhttps\nhttps\nhttps\n" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(parse(bad[i], &carriers), -1);
    assert_int_equal(carriers_parse("https\0", 6, &carriers, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carriers_are_tried_in_their_order),
        cmocka_unit_test_setup_teardown(without_the_file_it_is_https, enter_place, leave_place),
        cmocka_unit_test(what_is_not_understood_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
