/* What a restore and its mail lay before each other: in order, whole, and nothing of an earlier run. */
#include "agent/exchange.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "tests/unit/folder.h"

static const char refusal[] = "{\"commit_sha256\":\"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\","
                              "\"code\":\"frozen\",\"reason\":\"a freeze is in force\"}";

static int set_up(void **state)
{
    static char folder[FOLDER_BYTES];
    folder_make(folder);
    assert_int_equal(exchange_make(folder, NULL), 0);
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    folder_remove(*state);
    return 0;
}

static void comes_out_by_number(void **state)
{
    const char *folder = *state;
    struct exchanged one;
    assert_int_equal(exchange_next(folder, EXCHANGE_IN, &one, NULL), 0);
    assert_int_equal(exchange_put(folder, EXCHANGE_IN, 12, ENVELOPE_KEYS_REFUSED, refusal, NULL), 0);
    assert_int_equal(exchange_put(folder, EXCHANGE_IN, 3, ENVELOPE_KEYS, "{\"first\":1}", NULL), 0);
    assert_int_equal(exchange_next(folder, EXCHANGE_OUT, &one, NULL), 0);
    for (int again = 0; again < 2; again++) { /* until it was dealt with */
        assert_int_equal(exchange_next(folder, EXCHANGE_IN, &one, NULL), 1);
        assert_int_equal(one.purpose, ENVELOPE_KEYS);
        if (!again)
            json_decref(one.body);
    }
    exchange_drop(folder, EXCHANGE_IN, &one);
    assert_int_equal(exchange_next(folder, EXCHANGE_IN, &one, NULL), 1);
    assert_int_equal(one.purpose, ENVELOPE_KEYS_REFUSED);
    assert_string_equal(json_string_value(json_object_get(one.body, "code")), "frozen");
    exchange_drop(folder, EXCHANGE_IN, &one);
    assert_int_equal(exchange_next(folder, EXCHANGE_IN, &one, NULL), 0);
}

static void what_is_no_message_is_thrown_away(void **state)
{
    static const char *const texts[] = { "", "keys", "keys\n", "keys\nno json", "no purpose\n{}" };
    const char *folder = *state;
    char path[128];
    struct exchanged one;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        snprintf(path, sizeof(path), "%s/in/%020d", folder, 1);
        assert_int_equal(file_write(path, texts[i], strlen(texts[i]), 0600, NULL), 0);
        assert_int_equal(exchange_next(folder, EXCHANGE_IN, &one, NULL), -1);
        assert_int_equal(exchange_next(folder, EXCHANGE_IN, &one, NULL), 0);
    }
}

static void begins_empty_and_goes_wholly(void **state)
{
    const char *folder = *state;
    struct exchanged one;
    assert_int_equal(exchange_put(folder, EXCHANGE_OUT, 1, ENVELOPE_KEYS, "{}", NULL), 0);
    assert_int_equal(exchange_make(folder, NULL), 0);
    assert_int_equal(exchange_next(folder, EXCHANGE_OUT, &one, NULL), 0);
    assert_int_equal(exchange_put(folder, EXCHANGE_OUT, 1, ENVELOPE_KEYS, "{}", NULL), 0);
    assert_int_equal(exchange_remove(folder, NULL), 0);
    assert_int_equal(access(folder, F_OK), -1);
    assert_int_equal(exchange_make(folder, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_out_by_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_message_is_thrown_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(begins_empty_and_goes_wholly, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
