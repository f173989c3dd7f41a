#include "lib/tlog/bundle.h"

#include "lib/buf.h"
#include "lib/problem.h"
#include "tests/unit/unit.h"

static void entries_come_back_as_they_went_in(void **state)
{
    (void)state;
    static uint8_t longest[TLOG_ENTRY_BYTES + 1];
    struct buf bundle = { .limit_bytes = TLOG_BUNDLE_BYTES };
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    unsigned count;
    memset(longest, 'l', sizeof(longest));
    assert_int_equal(tlog_bundle_append(&bundle, "", 0), 0);
    assert_int_equal(tlog_bundle_append(&bundle, "abc", 3), 0);
    assert_int_equal(tlog_bundle_append(&bundle, longest, sizeof(longest)), -1);
    assert_int_equal(tlog_bundle_append(&bundle, longest, TLOG_ENTRY_BYTES), 0);
    assert_memory_equal(bundle.data, "\0\0\0\3abc\xff\xff", 9);
    assert_int_equal(tlog_bundle_parse(bundle.data, bundle.length, entries, &count, NULL), 0);
    assert_int_equal(count, 3);
    assert_int_equal(entries[0].bytes, 0);
    assert_int_equal(entries[1].bytes, 3);
    assert_memory_equal(entries[1].data, "abc", 3);
    assert_int_equal(entries[2].bytes, TLOG_ENTRY_BYTES);
    buf_free(&bundle);
}

static void a_bundle_ends_where_its_last_entry_does(void **state)
{
    (void)state;
    static const char bundle[] = "\0\1a\0\2bc";
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    unsigned count = 99;
    for (size_t bytes = 0; bytes < sizeof(bundle); bytes++) {
        int whole = bytes == 0 || bytes == 3 || bytes == 7 ? 0 : -1;
        count = 99;
        assert_int_equal(tlog_bundle_parse(bundle, bytes, entries, &count, NULL), whole);
        assert_int_equal(count, whole ? 99 : (bytes + 1) / 3);
    }
}

static void a_bundle_has_at_most_256_entries(void **state)
{
    (void)state;
    static const uint8_t bundle[2 * (TLOG_TILE_WIDTH + 1)];
    struct tlog_entry entries[TLOG_TILE_WIDTH];
    unsigned count;
    assert_int_equal(tlog_bundle_parse(bundle, sizeof(bundle) - 2, entries, &count, NULL), 0);
    assert_int_equal(count, TLOG_TILE_WIDTH);
    assert_int_equal(tlog_bundle_parse(bundle, sizeof(bundle), entries, &count, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back_as_they_went_in),
        cmocka_unit_test(a_bundle_ends_where_its_last_entry_does),
        cmocka_unit_test(a_bundle_has_at_most_256_entries),
    };
    return cmocka_run_group_tests_name("tlog_bundle", tests, NULL, NULL);
}
