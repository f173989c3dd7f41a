#include "tests/unit/folder.h"

#include "lib/place.h"
#include "lib/problem.h"

#define PLACE(log, sequence) ((uint64_t)((log)-1) << PLACE_SEQUENCE_BITS | (sequence))

static void without_a_succession_it_is_the_sequence(void **state)
{
    (void)state;
    const struct successions none = { 0 };
    assert_int_equal(successions_place(&none, 17), 17);
    assert_int_equal(successions_sequence(&none, 17), 17);
}

/* The second log kept 400 entries, the third 300, the fourth 350: 300 to 349 are the third's. */
static const struct successions three = { 3, { 400, 300, 350 } };

static void an_entry_belongs_to_the_last_log_that_began_before_it(void **state)
{
    (void)state;
    assert_int_equal(successions_place(&three, 299), PLACE(1, 299));
    assert_int_equal(successions_place(&three, 300), PLACE(3, 300));
    assert_int_equal(successions_place(&three, 349), PLACE(3, 349));
    assert_int_equal(successions_place(&three, 350), PLACE(4, 350));
    assert_int_equal(successions_place(&three, 1000), PLACE(4, 1000));
}

static void who_was_further_goes_on_where_the_logs_part(void **state)
{
    (void)state;
    assert_int_equal(successions_sequence(&three, PLACE(1, 250)), 250);
    assert_int_equal(successions_sequence(&three, PLACE(1, 500)), 300);
    assert_int_equal(successions_sequence(&three, PLACE(2, 380)), 300);
    assert_int_equal(successions_sequence(&three, PLACE(3, 320)), 320);
    assert_int_equal(successions_sequence(&three, PLACE(3, 380)), 350);
    assert_int_equal(successions_sequence(&three, PLACE(4, 380)), 380);
    assert_int_equal(successions_sequence(&three, PLACE(9, 380)), 380);
}

static void places_only_rise_and_lead_back_to_their_entry(void **state)
{
    (void)state;
    for (uint64_t sequence = 0; sequence < 500; sequence++) {
        assert_true(successions_place(&three, sequence) < successions_place(&three, sequence + 1));
        assert_int_equal(successions_sequence(&three, successions_place(&three, sequence)), sequence);
    }
}

static int parse(const char *text, struct successions *ret)
{
    return successions_parse(text, ret, &(struct problem){ 0 });
}

static void is_read_wholly_or_not_at_all(void **state)
{
    (void)state;
    static const char *const bad[] = { "7", "\n", "-1\n", "7\n8", "7 \n", " 7\n", "281474976710656\n", "1.5\n",
        "99999999999999999999\n", "7\n\n" };
    struct successions read = { 1, { 5 } };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(parse(bad[i], &read), -1);
    assert_int_equal(read.n, 1);
    assert_int_equal(parse("400\n300\n", &read), 0);
    assert_int_equal(read.n, 2);
    assert_int_equal(read.begins[1], 300);
}

static void a_new_one_begins_where_the_old_one_was_left(void **state)
{
    (void)state;
    char folder[FOLDER_BYTES];
    struct successions read = { 9, { 9 } };
    folder_make(folder);
    assert_int_equal(successions_read(folder, &read, NULL), 0);
    assert_int_equal(read.n, 0);
    assert_int_equal(successions_note(folder, &read, 1, 400, NULL), 0);
    assert_int_equal(successions_note(folder, &read, 1, 500, NULL), 0);
    assert_int_equal(successions_note(folder, &read, 2, 300, NULL), 0);
    assert_int_equal(successions_read(folder, &read, NULL), 0);
    assert_int_equal(read.n, 2);
    assert_int_equal(read.begins[0], 400);
    assert_int_equal(read.begins[1], 300);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_succession_it_is_the_sequence),
        cmocka_unit_test(an_entry_belongs_to_the_last_log_that_began_before_it),
        cmocka_unit_test(who_was_further_goes_on_where_the_logs_part),
        cmocka_unit_test(places_only_rise_and_lead_back_to_their_entry),
        cmocka_unit_test(is_read_wholly_or_not_at_all),
        cmocka_unit_test(a_new_one_begins_where_the_old_one_was_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
