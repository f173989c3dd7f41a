#include "tests/unit/unit.h"

#include "agent/backup/index.h"

static struct index *all;

static int make(void **state)
{
    (void)state;
    all = index_make();
    return all ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    index_free(all);
    return 0;
}

/* Ids that begin alike meet in the same slots. */
static const uint8_t *id_of(uint32_t number)
{
    static uint8_t id[CHUNK_ID_BYTES];
    uint32_t start = number / 4 * 8;
    memcpy(id, &start, sizeof(start));
    memcpy(id + sizeof(start), &number, sizeof(number));
    return id;
}

static void add(uint32_t number, uint32_t store)
{
    index_add(all, id_of(number), &(struct place){ .store = store });
}

static void what_was_added_is_found_and_stays_where_it_was(void **state)
{
    (void)state;
    struct place place;
    assert_false(index_find(all, id_of(1), &place));
    add(1, 7);
    add(2, 8);
    add(1, 9);
    assert_true(index_find(all, id_of(1), &place));
    assert_int_equal(place.store, 7);
    assert_true(index_find(all, id_of(2), &place));
    assert_int_equal(place.store, 8);
}

static void the_first_reference_is_told_from_the_others(void **state)
{
    (void)state;
    add(1, 7);
    assert_true(index_first(all, id_of(1)));
    assert_false(index_first(all, id_of(1)));
    assert_true(index_first(all, id_of(2)));
    assert_true(index_first(all, id_of(2)));
}

static void one_more_than_fit_is_not_known(void **state)
{
    (void)state;
    struct place place;
    for (uint32_t i = 0; i <= INDEX_CHUNKS_MAX; i++)
        add(i, i);
    for (uint32_t i = 0; i < INDEX_CHUNKS_MAX; i++) {
        assert_true(index_find(all, id_of(i), &place));
        assert_int_equal(place.store, i);
    }
    assert_false(index_find(all, id_of(INDEX_CHUNKS_MAX), &place));
}

#define with_index(test) cmocka_unit_test_setup_teardown(test, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_index(what_was_added_is_found_and_stays_where_it_was),
        with_index(the_first_reference_is_told_from_the_others),
        with_index(one_more_than_fit_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
