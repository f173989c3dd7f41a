#include "agent/counter.h"
#include "agent/state.h"
#include "lib/beat.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static uint64_t take(struct counter *counter)
{
    uint64_t value = 0;
    assert_int_equal(counter_top_up(counter, NULL), 0);
    assert_int_equal(counter_take(counter, &value), 0);
    return value;
}

static void test_first_start_begins_with_one(void **state)
{
    (void)state;
    struct counter counter;
    assert_int_equal(counter_open(&counter, NULL), 0);
    assert_int_equal(take(&counter), 1);
    assert_int_equal(take(&counter), 2);
}

/* What a kill -9 at any moment leaves is the file: a new start must be above all that was ever used. */
static void test_no_value_twice_however_often_killed(void **state)
{
    (void)state;
    uint64_t last = 0;
    for (unsigned start = 0; start < 5; start++) {
        struct counter counter;
        assert_int_equal(counter_open(&counter, NULL), 0);
        for (unsigned beats = 0; beats < 1000 + 3000 * start; beats++) {
            uint64_t value = take(&counter);
            assert_true(value > last);
            last = value;
        }
    }
}

static void test_what_is_used_was_on_disk_before(void **state)
{
    (void)state;
    struct counter counter, on_disk;
    assert_int_equal(counter_open(&counter, NULL), 0);
    for (unsigned beats = 0; beats < 3 * BEAT_COUNTER_BLOCK; beats++) {
        uint64_t value = take(&counter);
        char *text;
        size_t bytes;
        assert_int_equal(file_read(COUNTER_FILE, 100, &text, &bytes, NULL), 0);
        assert_int_equal(counter_parse(text, bytes, &on_disk, NULL), 0);
        free(text);
        assert_true(value < on_disk.reserved);
    }
}

static void test_full_disk_stops_beats_only_when_nothing_is_left(void **state)
{
    (void)state;
    struct counter counter;
    struct problem problem;
    uint64_t value;
    unsigned beats = 0;
    assert_int_equal(counter_open(&counter, NULL), 0);
    /* Nothing can be written any more: not even by root, where a folder stands in the way. */
    assert_int_equal(unlink(COUNTER_FILE), 0);
    assert_int_equal(mkdir(COUNTER_FILE ".new", 0700), 0);
    while (counter_take(&counter, &value) == 0) {
        beats++;
        counter_top_up(&counter, &problem);
    }
    assert_int_equal(beats, BEAT_COUNTER_BLOCK);
    assert_int_equal(counter_top_up(&counter, &problem), -1);
    assert_string_equal(problem.code, "file");
}

static void test_rise(void **state)
{
    (void)state;
    struct counter counter;
    struct problem problem;
    assert_int_equal(counter_open(&counter, NULL), 0);
    assert_int_equal(counter_rise(&counter, 100000, NULL), 0);
    assert_int_equal(take(&counter), 100001);
    assert_int_equal(counter_rise(&counter, 5, NULL), 0);
    assert_int_equal(take(&counter), 100002);
    assert_int_equal(counter_rise(&counter, UINT64_MAX, &problem), -1);
    assert_string_equal(problem.code, "bad-counter");
    assert_int_equal(take(&counter), 100003);

    struct counter next;
    assert_int_equal(counter_open(&next, NULL), 0);
    assert_true(take(&next) > 100003);
}

static void test_woken_is_kept(void **state)
{
    (void)state;
    struct counter counter;
    assert_int_equal(counter_open(&counter, NULL), 0);
    counter.woken = 77;
    assert_int_equal(counter_save(&counter, NULL), 0);
    assert_int_equal(counter_open(&counter, NULL), 0);
    assert_int_equal(counter.woken, 77);
}

static void test_bad_files_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "reserved 1\n",
        "reserved 0\nwoken 0\n",
        "reserved -1\nwoken 0\n",
        "reserved 1\nwoken 0",
        "reserved 1\nwoken 0\nmore",
        "reserved 5000000000000000000\nwoken 0\n",
        "reserved x\nwoken 0\n",
        "woken 0\nreserved 1\n",
        "reserved 99999999999999999999999\nwoken 0\n",
        "reserved  1\nwoken 0\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct counter counter = { .next = 3 };
        put(COUNTER_FILE, bad[i], 0600);
        assert_int_equal(counter_open(&counter, NULL), -1);
        assert_int_equal(counter.next, 3);
    }
    struct problem problem;
    struct counter counter;
    put(COUNTER_FILE, "reserved 1\nwoken 0\n", 0644);
    assert_int_equal(counter_open(&counter, &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_first_start_begins_with_one),
        in_place(test_no_value_twice_however_often_killed),
        in_place(test_what_is_used_was_on_disk_before),
        in_place(test_full_disk_stops_beats_only_when_nothing_is_left),
        in_place(test_rise),
        in_place(test_woken_is_kept),
        in_place(test_bad_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
