/* Cuts: within their bounds, about as large as they should be, and not moved by what was inserted before. */
#include "tests/unit/unit.h"

#include "lib/repository/chunker.h"

#define BYTES (8u << 20)

static uint8_t *noise(void)
{
    uint8_t *data = malloc(BYTES);
    uint64_t state = 42;
    assert_non_null(data);
    for (size_t i = 0; i < BYTES; i++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        data[i] = (uint8_t)(state >> 56);
    }
    return data;
}

static size_t cuts(const struct chunker *chunker, const uint8_t *data, size_t bytes, size_t *ret)
{
    size_t n = 0, at = 0;
    while (at < bytes) {
        size_t cut = chunker_cut(chunker, data + at, bytes - at);
        assert_true(cut > 0 && cut <= chunker->most && (cut >= chunker->least || at + cut == bytes));
        at += cut;
        ret[n++] = at;
    }
    return n;
}

static void sizes_follow_the_file(void **state)
{
    (void)state;
    assert_int_equal(chunker_for(1 << 20).average, 64 << 10);
    assert_int_equal(chunker_for(UINT64_C(1) << 30).average, 256 << 10);
    assert_int_equal(chunker_for(UINT64_C(1) << 40).average, 4 << 20);
    assert_int_equal(chunker_for(UINT64_C(1) << 40).most, CHUNK_BYTES_MAX);
}

static void cuts_are_about_average(void **state)
{
    (void)state;
    static size_t places[BYTES / 4096];
    struct chunker chunker = chunker_for(BYTES);
    uint8_t *data = noise();
    size_t n = cuts(&chunker, data, BYTES, places);
    assert_in_range(BYTES / n, chunker.average / 2, chunker.average * 3 / 2);
    free(data);
}

/* Else everything large would be stored anew after an update. */
static void cuts_are_those_of_the_version_before(void **state)
{
    (void)state;
    static const size_t first[] = { 70735, 141800, 200954, 276534, 395927, 474453 };
    static size_t places[BYTES / 4096];
    struct chunker chunker = chunker_for(BYTES);
    uint8_t *data = noise();
    cuts(&chunker, data, BYTES, places);
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
        assert_int_equal(places[i], first[i]);
    free(data);
}

static void an_insertion_moves_few(void **state)
{
    (void)state;
    static size_t before[BYTES / 4096], after[BYTES / 4096];
    struct chunker chunker = chunker_for(BYTES);
    uint8_t *data = noise();
    size_t n = cuts(&chunker, data, BYTES - 100, before), same = 0;
    memmove(data + 1100, data + 1000, BYTES - 1100);
    size_t m = cuts(&chunker, data, BYTES, after);
    for (size_t i = 0, j = 0; i < n && j < m;) {
        if (before[i] + 100 == after[j])
            same++;
        if (before[i] + 100 <= after[j])
            i++;
        else
            j++;
    }
    assert_true(same + 5 >= n);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_follow_the_file),
        cmocka_unit_test(cuts_are_about_average),
        cmocka_unit_test(cuts_are_those_of_the_version_before),
        cmocka_unit_test(an_insertion_moves_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
